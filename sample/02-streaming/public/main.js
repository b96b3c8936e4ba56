import { AnswerCard } from './answer.js';
import { Connection } from './connection.js';
import { $ } from './dom.js';
import { MeasureCard } from './measure.js';
import { UploadCard } from './upload.js';
import { showConnection } from './view.js';

const connection = new Connection(stateChanged);
const cards = [new MeasureCard(connection), new UploadCard(connection), new AnswerCard(connection)];

$('retry').addEventListener('click', () => void connection.start());
globalThis.addEventListener('online', () => void connection.start());
await connection.start();

function stateChanged(state) {
  showConnection(state);
  if (state !== 'connected') return;
  for (const card of cards) card.connected();
}
