export interface OrdersClient {
  placed(order: string, amount: number): void;
}
