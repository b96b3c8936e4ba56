import type { TestingModule } from '@nestjs/testing';
import { phoenix } from 'nestjs-signalr';
import { PhoenixTextCodec } from '../../lib/channels/dialects/phoenix.text.js';
import { RealtimeCodec } from '../../lib/channels/dialects/realtime.codec.js';
import { PhoenixClient } from '../support/phoenix-client.js';
import { describeDialect } from '../support/dialect.contract.js';

const hostile = [
  '',
  '[1,2,3,4,5]',
  Buffer.from([0]),
  Buffer.from([3]),
  Buffer.from([3, 255, 255, 255, 255, 255, 1]),
  Buffer.from([4, 0, 0, 0, 0]),
];

describeDialect('phoenix with realtime', {
  make: () => phoenix({ realtime: true }),
  connect: (app: TestingModule) => PhoenixClient.open(app, '2.0.0'),
  codec: new RealtimeCodec(),
  bytes: (sent) => Buffer.from(sent),
  hostile,
});

describeDialect('phoenix with realtime by polls', {
  make: () => phoenix({ realtime: true }),
  connect: (app: TestingModule) => PhoenixClient.poll(app, '2.0.0'),
  codec: new PhoenixTextCodec(new RealtimeCodec()),
  bytes: (sent) => Buffer.from(sent).toString('base64'),
  hostile,
});
