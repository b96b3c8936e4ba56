import { HubConnectionBuilder } from '@microsoft/signalr';

export async function follow(url: string, article: string, changed: (article: string, price: number) => void) {
  const connection = new HubConnectionBuilder().withUrl(`${url}/prices`).build();
  connection.on('changed', changed);
  await connection.start();
  return { connection, answer: await connection.invoke<string>('follow', article) };
}
