import { chain } from 'nestjs-signalr';
import { ChainCodec } from '../../lib/channels/dialects/chain.codec.js';
import { ChainClient } from '../support/chain-client.js';
import { describeDialect } from '../support/dialect.contract.js';

describeDialect('chain', {
  make: () => chain({ cookie: { secrets: ['a secret of the test'] } }),
  connect: (app) => ChainClient.open(app),
  codec: new ChainCodec(),
  bytes: (sent) => Buffer.from(sent).toString('base64'),
  hostile: [
    '',
    '{',
    '[]',
    '{}',
    'null',
    '7',
    '[0,1,2,3,4]',
    '[1,1,1,0]',
    '[2,"room:lobby","said"]',
    '['.repeat(500),
    Buffer.alloc(600, 255),
  ],
});
