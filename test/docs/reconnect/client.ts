import { HubConnectionBuilder, type HubConnection } from '@microsoft/signalr';

export function connectionTo(url: string): HubConnection {
  const connection = new HubConnectionBuilder()
    .withUrl(`${url}/prices`)
    .withStatefulReconnect()
    .withAutomaticReconnect() // for breaks that last too long
    .build();
  return connection;
}
