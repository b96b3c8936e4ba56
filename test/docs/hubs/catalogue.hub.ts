import { Catch, Injectable, ParseIntPipe, UseFilters, UseGuards, UsePipes, ValidationPipe, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExceptionFilter, ExecutionContext } from '@nestjs/common';
import { IsString } from 'class-validator';
import { Arg, Hub, HubMethod } from 'nestjs-signalr';
import { z } from 'zod';

export const User = createParamDecorator(
  (key: string, context: ExecutionContext) => context.switchToHttp().getRequest<{ user: Record<string, unknown> }>().user[key],
);

@Injectable()
export class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    return context.switchToHttp().getRequest<{ user?: unknown }>().user !== undefined;
  }
}

export class NothingFound extends Error {}

@Catch(NothingFound)
export class NothingFoundFilter implements ExceptionFilter {
  catch() {
    return 'nothing';
  }
}

export class SearchQuery {
  @IsString()
  text!: string;
}

@Injectable()
export class Catalogue {
  find(id: number, reader: string) {
    if (id !== 7) throw new NothingFound();
    return `book ${id} for ${reader}`;
  }

  search(text: string, limit = 10) {
    return `${limit} × ${text}`;
  }
}

@Hub('/catalogue')
@UseGuards(MemberGuard)
@UsePipes(new ValidationPipe())
export class CatalogueHub {
  constructor(private readonly catalogue: Catalogue) {}

  @HubMethod()
  @UseFilters(NothingFoundFilter)
  find(@Arg(ParseIntPipe) id: number, @User('name') reader: string) {
    return this.catalogue.find(id, reader);
  }

  @HubMethod()
  search(query: SearchQuery, @Arg({ schema: z.int().min(1), optional: true }) limit?: number) {
    return this.catalogue.search(query.text, limit);
  }
}
