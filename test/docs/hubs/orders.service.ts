import { Injectable } from '@nestjs/common';

@Injectable()
export class OrdersService {
  place(user: string | undefined, article: string, amount: number) {
    return `${amount} × ${article} for ${user}`;
  }
}
