import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { dialects } from './dialects/index.mjs';
import { Mischief } from './mischief.mjs';

const { port, dialect } = workerData;
const mischief = await Mischief.begin({ port, dialect: dialects[dialect] });
parentPort.postMessage('begun');
await once(parentPort, 'message');
mischief.end();
parentPort.postMessage(mischief.cuts);
parentPort.close();
