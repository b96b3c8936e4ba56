import { HubConnectionBuilder, LogLevel, type HubConnection, type IHttpConnectionOptions } from '@microsoft/signalr';

/** Connects with the official client. */
export async function connectTo(
  hub: string,
  options: IHttpConnectionOptions = {},
  prepare: (builder: HubConnectionBuilder) => HubConnectionBuilder = (builder) => builder,
): Promise<HubConnection> {
  const connection = prepare(new HubConnectionBuilder().withUrl(hub, options).configureLogging(LogLevel.None)).build();
  await connection.start();
  return connection;
}

/** The arguments of the next call that the server makes to a method of the client. */
export function next(connection: HubConnection, method: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    const listener = (...args: unknown[]): void => {
      connection.off(method, listener);
      resolve(args);
    };
    connection.on(method, listener);
  });
}

/** Settles with the error of a connection's end, if there was one. */
export function closed(connection: HubConnection): Promise<Error | undefined> {
  return new Promise((resolve) => connection.onclose(resolve));
}

/** What a promise is rejected with. */
export async function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `was kept: ${JSON.stringify(value)}`,
    (error: unknown) => (error as Error).message,
  );
}
