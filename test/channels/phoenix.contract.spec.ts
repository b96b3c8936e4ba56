import type { TestingModule } from '@nestjs/testing';
import { phoenix } from 'nestjs-signalr';
import { PhoenixTextCodec } from '../../lib/channels/dialects/phoenix.text.js';
import { PhoenixV1Codec } from '../../lib/channels/dialects/phoenix.v1.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { PhoenixClient } from '../support/phoenix-client.js';
import { describeDialect } from '../support/dialect.contract.js';

const hostile = [
  '',
  '{',
  '[]',
  '{}',
  'null',
  '7',
  '"text"',
  '[1,2,3,4,5]',
  '{"topic":7}',
  '['.repeat(500),
  Buffer.alloc(0),
  Buffer.from([0]),
  Buffer.alloc(600, 255),
];

describeDialect('phoenix 2.0.0', {
  make: () => phoenix(),
  connect: (app: TestingModule) => PhoenixClient.open(app, '2.0.0'),
  codec: new PhoenixV2Codec(),
  bytes: (sent) => Buffer.from(sent),
  hostile,
});

describeDialect('phoenix 1.0.0', {
  make: () => phoenix(),
  connect: (app: TestingModule) => PhoenixClient.open(app, '1.0.0'),
  codec: new PhoenixV1Codec(),
  bytes: (sent) => Buffer.from(sent).toString('base64'),
  hostile,
});

describeDialect('phoenix 2.0.0 by polls', {
  make: () => phoenix(),
  connect: (app: TestingModule) => PhoenixClient.poll(app, '2.0.0'),
  codec: new PhoenixTextCodec(new PhoenixV2Codec()),
  bytes: (sent) => Buffer.from(sent).toString('base64'),
  hostile,
});

describeDialect('phoenix 1.0.0 by polls', {
  make: () => phoenix(),
  connect: (app: TestingModule) => PhoenixClient.poll(app, '1.0.0'),
  codec: new PhoenixV1Codec(),
  bytes: (sent) => Buffer.from(sent).toString('base64'),
  hostile,
});
