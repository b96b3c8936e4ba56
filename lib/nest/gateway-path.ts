/** Where a gateway is served, of what it says in `@WebSocketGateway(port, options)`. */
export interface GatewayPlace {
  readonly path?: string;
  readonly namespace?: string;
}

/** The path of a gateway; its namespace stands below it. */
export function gatewayPathOf({ path = '', namespace = '' }: GatewayPlace): string {
  const joined = [path, namespace].flatMap((part) => part.split('/')).filter((part) => part !== '');
  return `/${joined.join('/')}`;
}
