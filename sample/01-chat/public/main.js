import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { $ } from './dom.js';
import { closeDrawers, makeDrawers } from './drawers.js';
import { Log } from './log.js';
import { NameDialog } from './name-dialog.js';
import { People } from './people.js';
import { RoomList } from './rooms.js';
import { session } from './session.js';
import { TypingLine } from './typing.js';
import { showConnection, showMe, showNowhere, showRoom, UnreadTitle } from './view.js';

const rooms = new RoomList(join);
const people = new People();
const log = new Log();
const typists = new TypingLine();
const composer = new Composer(
  (text) => connection.invoke('say', text),
  () => connection.tell('typing'),
);
const nameDialog = new NameDialog(introduce, () => composer.focus());
const title = new UnreadTitle();

/** What the server calls: the methods of `ChatClient` in chat/chat.client.ts. */
const handlers = { roomsChanged: (list) => rooms.show(list), entered, joined, left, renamed, said, typing, moved };
const connection = new Connection(handlers, stateChanged);

const nobody = { id: '', name: '' };
const noRoom = ['You are in no room', 'Join one of the rooms, or make a new one.'];

/** What the others see of oneself. The name is '' until the server has accepted one. */
let me = nobody;
/** The room that is shown; undefined for none. */
let here;
let wasInterrupted = false;
let hasMoved = false;

makeDrawers();
$('introduce').addEventListener('click', () => nameDialog.open(session.name));
$('change-name').addEventListener('click', () => nameDialog.open(me.name));
$('join-lobby').addEventListener('click', () => void returnToRoom('Lobby'));
$('leave').addEventListener('click', () => void leave());
$('retry').addEventListener('click', () => void connection.start());
globalThis.addEventListener('online', () => hasMoved || void connection.start());
await connection.start();

function stateChanged(state, reason) {
  hasMoved &&= state === 'lost';
  showConnection(hasMoved ? 'moved' : state, reason);
  if (state === 'connected') {
    void arrive();
    return;
  }
  wasInterrupted ||= state !== 'connecting';
  composer.enable(false);
  typists.clear();
}

/** Every connection is a new one to the server: it is told who this is and where they were. */
async function arrive() {
  try {
    if (session.presentAs === undefined) askForName();
    else await introduce(session.presentAs);
  } catch ({ message }) {
    if (connection.isConnected) askForName(message);
  }
}

/** @param problem why the name from before cannot be used. */
function askForName(problem) {
  me = nobody;
  showMe(me.name);
  goOutside('Nobody knows you yet', 'Choose a name, and you are in.');
  nameDialog.open(session.name, problem);
}

async function introduce(name) {
  me = await connection.invoke('introduce', name, session.key);
  session.name = session.presentAs = me.name;
  showMe(me.name);
  await returnToRoom(session.room ?? 'Lobby');
}

async function returnToRoom(room) {
  if (room === '') return goOutside(...noRoom);
  try {
    await join(room);
  } catch ({ message }) {
    if (connection.isConnected) goOutside(noRoom[0], message);
  }
}

/** What the room is like comes by itself: see `entered`. */
async function join(room) {
  if (me !== nobody) {
    await connection.invoke('join', room);
    return;
  }
  session.room = room;
  nameDialog.open(session.name);
}

async function leave() {
  try {
    await connection.invoke('leave');
  } catch ({ message }) {
    composer.complain(message);
    return;
  }
  session.room = '';
  goOutside(...noRoom);
}

function goOutside(heading, text) {
  here = undefined;
  people.show([], me.name);
  rooms.mark(undefined);
  composer.enable(false);
  title.show('Chat');
  showNowhere(heading, text, me !== nobody);
}

function entered(room) {
  const isReturn = room.name === here;
  here = session.room = room.name;
  typists.clear();
  people.show(room.people, me.name);
  rooms.mark(here);
  showRoom(here);
  if (!isReturn) log.clear();
  log.catchUp(room.messages, me.id);
  if (isReturn && wasInterrupted) log.notice(`Connected again. You are back in ${here}.`);
  wasInterrupted = false;
  title.show(here);
  closeDrawers();
  composer.enable(true);
  if (!isReturn) composer.focus();
}

function joined(room, name) {
  if (room !== here) return;
  people.add(name);
  log.notice(`${name} joined`);
}

function left(room, name) {
  if (room !== here) return;
  people.remove(name);
  typists.forget(name);
  log.notice(`${name} left`);
}

function renamed(room, from, to) {
  if (room !== here) return;
  people.remove(from);
  people.add(to);
  typists.forget(from);
  log.notice(`${from} is now ${to}`);
}

function said(room, message) {
  if (room !== here) return;
  typists.forget(message.author.name);
  log.add(message, me.id);
  title.count();
}

function typing(room, name) {
  if (room === here) typists.saw(name);
}

/** The connection ends next, and should stay so: going on here is up to who looks at this window. */
function moved() {
  hasMoved = true;
}
