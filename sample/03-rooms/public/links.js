import { element } from './dom.js';

/** The address of a web page, without what ends a sentence or closes a bracket around it. */
const address = /\b(https?:\/\/(?:[^\s<>"()]|\([^\s<>"()]*\))*(?:[^\s<>"().,:;!?'\]}*_]|\([^\s<>"()]*\)))/i;

/** The pieces of a text, in order: text as it is, and a link for every address. */
export function withLinks(text) {
  return text.split(address).map((piece, index) => (index % 2 === 1 ? link(piece) : piece));
}

/** Only the web is linked to: what is no such address after all stays text. */
function link(href) {
  const made = element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, href);
  return ['http:', 'https:'].includes(made.protocol) ? made : href;
}
