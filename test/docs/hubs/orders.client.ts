export interface OrdersClient {
  placed(order: string, amount: number): void;
  confirm(question: string): Promise<boolean>; // a promise: the client answers
}
