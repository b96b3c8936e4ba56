import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type House,
  type HouseFile,
  clockViolations,
  consoleViolations,
  cycleViolations,
  errorViolations,
  importViolations,
  metadataKeyViolations,
  roomViolations,
  sizeViolations,
} from '../support/house-rules.js';

const servers = ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls'];
const houseRooms = ['common/', 'protocol/', 'connections/', 'delivery/', 'hubs/', 'channels/'];

const house: House = {
  rooms: {
    'common/': { may: ['node:*'] },
    'protocol/': { may: ['common/', 'node:*', '@msgpack/msgpack'] },
    'connections/': { may: ['common/', 'node:*', 'ws'], types: ['node:http', 'node:https'] },
    'delivery/': { may: ['common/', 'node:*'] },
    'hubs/': { may: ['protocol/', 'connections/', 'delivery/', 'common/', 'node:*', 'rxjs'], never: servers },
    'channels/': { may: ['connections/', 'delivery/', 'common/', 'node:*', 'rxjs'], never: servers },
    'nest/': {
      may: [...houseRooms, 'node:*', '@nestjs/*', '@nestjs/core/', 'reflect-metadata', 'rxjs'],
      types: ['signalr.options.ts'],
    },
    'signalr.options.ts': {
      may: [
        'common/',
        'protocol/hub-protocol.ts',
        'connections/*.options.ts',
        'connections/transport.ts',
        'delivery/*.options.ts',
        'delivery/backplane.ts',
        'hubs/*.options.ts',
        'channels/*.options.ts',
        'channels/dialect.ts',
      ],
      types: ['@nestjs/common'],
    },
    'signalr.module.ts': {
      may: [
        'nest/',
        'signalr.options.ts',
        'delivery/',
        'common/',
        'hubs/hub.clients.ts',
        'channels/channels.ts',
        'channels/presence.ts',
        '@nestjs/common',
      ],
    },
    'index.ts': { may: [...houseRooms, 'nest/', 'signalr.options.ts', 'signalr.module.ts'] },
    'redis/': { may: ['delivery/', 'protocol/', 'common/', 'node:*'] },
    'nats/': { may: ['delivery/', 'protocol/', 'common/', 'node:*'] },
    'azure/': { may: ['delivery/', 'connections/', 'hubs/', 'protocol/', 'common/', 'node:*', 'jose'] },
    'client/': { may: ['common/', 'nest/handler-pipeline.ts', 'node:*', '@microsoft/signalr'] },
    'testing/': { may: [...houseRooms, 'nest/signalr.server.ts', 'node:*'] },
    'throttler/': { may: ['nest/callers.ts', 'common/', '@nestjs/common', '@nestjs/core', '@nestjs/throttler'] },
    'browser/': { may: [], types: houseRooms },
    'inspector/': { may: ['common/events.ts', 'hubs/hub.descriptor.ts', 'channels/channel.descriptor.ts', '@nestjs/common'] },
  },
  onlyIn: {
    ws: 'connections/transports/web-socket.ts',
    '@msgpack/msgpack': 'protocol/messagepack.protocol.ts',
    '@nestjs/throttler': 'throttler/signalr-throttler.guard.ts',
    '@nestjs/core/': 'nest/nest-internals.ts',
  },
  ownName: 'nestjs-signalr',
  frontDoors: { 'signalr.module.ts': ['index.ts'] },
};

const lineLimit = 300;
const clockKeepers = ['common/clock.ts', 'browser/chain.timer.ts'];
const errorKeepers = [
  'common/errors.ts',
  'common/use-errors.ts',
  'common/reconnect-errors.ts',
  'common/channel-errors.ts',
  'common/limit-errors.ts',
  'browser/chain.errors.ts',
  'testing/',
];
const ownErrors = ['SignalRError', 'HubException'];

function readLib(): HouseFile[] {
  const lib = join(import.meta.dirname, '..', '..', 'lib');
  return readdirSync(lib, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(lib, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }));
}

describe('The house', () => {
  const files = readLib();

  it('is read from disk', () => expect(files).not.toEqual([]));

  it('has no file outside its rooms', () => expect(roomViolations(files, house)).toEqual([]));

  it('imports only what the table allows', () => expect(importViolations(files, house)).toEqual([]));

  it('has no circle of imports', () => expect(cycleViolations(files)).toEqual([]));

  it(`has no file of ${lineLimit} lines`, () => expect(sizeViolations(files, lineLimit)).toEqual([]));

  it('reads the time in one file', () => expect(clockViolations(files, clockKeepers)).toEqual([]));

  it('makes errors in one file', () => expect(errorViolations(files, errorKeepers, ownErrors)).toEqual([]));

  it('writes metadata under keys that all copies of it share', () => expect(metadataKeyViolations(files)).toEqual([]));

  it('leaves the console alone', () => expect(consoleViolations(files)).toEqual([]));
});

describe('The checker of the house', () => {
  const file = (path: string, text: string): HouseFile => ({ path, text });
  const imports = (path: string, text: string) => importViolations([file(path, text)], house);

  it.each([
    ['a higher room', 'delivery/delivery.ts', `import { Hub } from '../hubs/hub.endpoint.js';`],
    ['a neighbour', 'hubs/hub.clients.ts', `import { Channels } from '../channels/channels.js';`],
    ['a neighbour one floor down', 'protocol/framing.ts', `import { Outbox } from '../connections/outbox.js';`],
    ['a neighbour by its type', 'connections/connection.ts', `import type { HubMessage } from '../protocol/messages.js';`],
    ['a neighbour inside a type', 'connections/connection.ts', `let message: import('../protocol/messages.js').HubMessage;`],
    ['a neighbour that it exports again', 'channels/channel.ts', `export * from '../hubs/streams.js';`],
    ['a neighbour at run time', 'channels/channel.ts', `const streams = await import('../hubs/streams.js');`],
    ['a barrel of its own room', 'testing/test-client.ts', `import { FakeClock } from './index.js';`],
    ['the front door', 'nest/lifecycle.ts', `import { SignalRModule } from '../signalr.module.js';`],
    ['the package itself', 'testing/test-client.ts', `import { SignalRModule } from 'nestjs-signalr';`],
    ['a file outside lib', 'common/lane.ts', `import { version } from '../../package.json';`],
    ['Nest below nest/', 'hubs/hub.dispatcher.ts', `import { Logger } from '@nestjs/common';`],
    ['a package in the wrong file of its room', 'connections/connection.ts', `import { WebSocket } from 'ws';`],
    ['a package in the wrong file as a type', 'protocol/json.protocol.ts', `import type { Encoder } from '@msgpack/msgpack';`],
    ['the inside of Nest', 'nest/explorer.ts', `import { GuardsConsumer } from '@nestjs/core/guards/guards-consumer.js';`],
    ['a value where types are allowed', 'nest/lifecycle.ts', `import { defaults } from '../signalr.options.js';`],
    ['a value of http', 'connections/negotiate.ts', `import { createServer } from 'http';`],
    ['values and types at once', 'signalr.options.ts', `import { type Type, Logger } from '@nestjs/common';`],
    ['a module for its effects', 'common/events.ts', `import 'reflect-metadata';`],
    ['a room that the table gives in part', 'testing/test-client.ts', `import { Explorer } from '../nest/explorer.js';`],
    ['a built-in module from the browser', 'browser/chain.client.ts', `import type { Buffer } from 'node:buffer';`],
    ['anything from a room that the table lacks', 'utils/strings.ts', `import { clock } from '../common/clock.js';`],
  ])('finds an import of %s', (_, path, text) => expect(imports(path, text)).toHaveLength(1));

  it.each([
    ['its own room', 'connections/transports/web-socket.ts', `import { Connection } from '../connection.js';`],
    ['a lower room', 'hubs/hub.endpoint.ts', `export { framing } from '../protocol/framing.js';`],
    ['a package in its one file', 'connections/transports/web-socket.ts', `import { WebSocketServer } from 'ws';`],
    ['the inside of Nest in the one file for it', 'nest/nest-internals.ts', `import { x } from '@nestjs/core/guards/guards-consumer.js';`],
    ['types where types are allowed', 'connections/negotiate.ts', `import { type IncomingMessage } from 'node:http';`],
    ['the front door from the door step', 'index.ts', `export { SignalRModule } from './signalr.module.js';`],
    ['nothing in a comment or a text', 'common/lane.ts', `// import x from 'ws';\nconst text = "import x from 'ws'";`],
  ])('lets pass an import of %s', (_, path, text) => expect(imports(path, text)).toEqual([]));

  it('says where, what, and what would be right', () =>
    expect(imports('protocol/framing.ts', `\nimport { Hub } from '../hubs/hub.js';`)).toEqual([
      'lib/protocol/framing.ts:2 imports ../hubs/hub.js; protocol/ may import common/, node:*, @msgpack/msgpack.',
    ]));

  it('finds a room that the table lacks', () => expect(roomViolations([file('utils/a.ts', '')], house)).toHaveLength(1));

  it('finds a circle, and names its way', () => {
    const circle = [
      file('hubs/a.ts', `import './b.js';`),
      file('hubs/b.ts', `import type { C } from './c.js';`),
      file('hubs/c.ts', `export * from './a.js';`),
    ];
    const [found] = cycleViolations(circle);
    expect(found).toContain('lib/hubs/a.ts -> lib/hubs/b.ts -> lib/hubs/c.ts -> lib/hubs/a.ts');
    expect(cycleViolations(circle.slice(1))).toEqual([]);
  });

  it('finds a file that is too long', () => {
    expect(sizeViolations([file('hubs/a.ts', 'x;\n'.repeat(lineLimit))], lineLimit)).toHaveLength(1);
    expect(sizeViolations([file('hubs/a.ts', 'x;\n'.repeat(lineLimit - 1))], lineLimit)).toEqual([]);
  });

  it.each([
    'Date.now()',
    'const now = performance.now',
    'setTimeout(f, 1)',
    'globalThis.setInterval(f, 1)',
    'new Date()',
    'x = { setTimeout }',
    `import { setTimeout as wait } from 'node:timers/promises'`,
  ])('finds a clock in %s', (text) => expect(clockViolations([file('hubs/a.ts', text)], clockKeepers)).not.toEqual([]));

  it.each(['setImmediate(f)', 'queueMicrotask(f)', 'socket.setTimeout(0)', 'new Date(0)', 'interface X { setTimeout(): void }'])(
    'finds no clock in %s',
    (text) => expect(clockViolations([file('hubs/a.ts', text)], clockKeepers)).toEqual([]),
  );

  it.each([`throw new Error('x')`, 'new TypeError()', `Error('x')`, `new SignalRError('x')`])('finds an error made in %s', (text) => {
    expect(errorViolations([file('hubs/a.ts', text)], errorKeepers, ownErrors)).toHaveLength(1);
    expect(errorViolations([file('testing/a.ts', text), file('common/errors.ts', text)], errorKeepers, ownErrors)).toEqual([]);
  });

  it.each([`Reflect.defineMetadata(Symbol('x'), 1, target)`, `const KEY = Symbol('x'); SetMetadata(KEY, 1)`])(
    'finds a key that no two copies share in %s',
    (text) => expect(metadataKeyViolations([file('nest/a.ts', text)])).toHaveLength(1),
  );

  it('lets pass a key that all copies share', () =>
    expect(metadataKeyViolations([file('nest/a.ts', `Reflect.defineMetadata(Symbol.for('x'), 1, target)`)])).toEqual([]));

  it('finds a use of the console', () => expect(consoleViolations([file('hubs/a.ts', `console.log('x')`)])).toHaveLength(1));
});
