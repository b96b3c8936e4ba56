import { HubConnectionBuilder } from '@microsoft/signalr';

export async function connect(url: string, fetchToken: () => Promise<string>) {
  const connection = new HubConnectionBuilder()
    .withUrl(`${url}/orders`, { accessTokenFactory: () => fetchToken() })
    .withAutomaticReconnect()
    .build();
  await connection.start();
  return connection;
}
