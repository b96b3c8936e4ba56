import { $, avatar, element } from './dom.js';

/** What the server calls the clients, and what they are called here. */
const clients = { phoenix: 'phoenix.js', chain: 'chain' };

/** Who is in the room, and by which client. */
export class People {
  /**
   * @param people each with the devices of that person.
   * @param me one's own name.
   */
  show(people, me) {
    const sorted = people.toSorted((a, b) => (b.name === me) - (a.name === me) || a.name.localeCompare(b.name));
    $('people').replaceChildren(...sorted.map((person) => item(person, me)));
    $('alone').hidden = people.length !== 1;
  }

  clear() {
    $('people').replaceChildren();
    $('alone').hidden = true;
  }
}

function item({ name, devices }, me) {
  const isTyping = name !== me && devices.some((device) => device.isTyping);
  const words = element('span', { className: 'person-name', dir: 'auto' }, name === me ? `${name} (you)` : name);
  const line = element('li', { className: 'person', title: name }, avatar(name), words, ...tagsOf(devices));
  line.classList.toggle('is-typing', isTyping);
  return line;
}

/** One for each client, with the number of windows where there are several. */
function tagsOf(devices) {
  const counts = Map.groupBy(devices, ({ client }) => client);
  return Array.from(counts, ([client, { length }]) => {
    const text = clients[client] ?? client;
    return element('span', { className: 'tag', title: `${length} by ${text}` }, length > 1 ? `${text} × ${length}` : text);
  });
}
