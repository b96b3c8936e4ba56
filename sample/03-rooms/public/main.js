import { ChainClient } from './chain-client.js';
import { Composer } from './composer.js';
import { $ } from './dom.js';
import { Log } from './log.js';
import { People } from './people.js';
import { PhoenixClient } from './phoenix-client.js';
import { Room } from './room.js';
import { RoomList } from './rooms.js';
import { session } from './session.js';
import { showConnection, showRoom, showWelcome } from './view.js';

const clients = { phoenix: PhoenixClient, chain: ChainClient };

const parts = { log: new Log(), people: new People() };
const rooms = new RoomList(goTo);
const composer = new Composer(
  (text) => room.say(text),
  (isTyping) => room.type(isTyping),
);

/** Undefined for who is outside. */
let client;
let room;

$('welcome').addEventListener('submit', (event) => {
  event.preventDefault();
  session.name = $('name').value;
  comeIn(new FormData($('welcome')).get('client'));
});
$('leave').addEventListener('click', () => goOutside());

$('name').value = session.name;
if (session.client in clients) comeIn(session.client);
else showWelcome();

function comeIn(kind) {
  session.client = kind;
  showConnection('connecting', kind);
  const made = new clients[kind]((state) => made === client && stateChanged(state, kind));
  client = made;
  client.join(
    'directory',
    {},
    {
      joined: (reply) => rooms.name(reply.rooms),
      refused: () => undefined,
      events: { rooms: (reply) => rooms.show(reply.rooms) },
    },
  );
  goTo(session.room);
}

function goTo(name) {
  room?.leave();
  session.room = name;
  rooms.mark(name);
  parts.people.clear();
  composer.enable(false);
  const entered = new Room(client, name, session.name, parts, (news) => room === entered && told(news));
  room = entered;
  showRoom(name);
}

/** The server has let this page in under a name, or says why it does not. */
function told({ name, problem }) {
  if (problem !== undefined) return goOutside(problem);
  session.name = name;
  composer.enable(true);
  composer.focus();
}

function stateChanged(state, kind) {
  showConnection(state, kind);
  composer.enable(state === 'connected');
}

function goOutside(problem = '') {
  room?.leave();
  client.end();
  room = client = undefined;
  session.client = '';
  showWelcome(problem);
}
