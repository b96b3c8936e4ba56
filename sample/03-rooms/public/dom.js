/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** A new element. Texts become text nodes: what people write is never read as HTML. */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** A round mark with the first letter of a name, in a colour that is always the same for that name. */
export function avatar(name) {
  const mark = element('span', { className: 'avatar', ariaHidden: 'true' }, Array.from(name)[0].toUpperCase());
  mark.style.setProperty('--hue', String(hueOf(name)));
  return mark;
}

/** Steps of 40 degrees: two colours are either the same or easy to tell apart. */
function hueOf(name) {
  let sum = 0;
  for (const character of name.toLowerCase()) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return (sum % 9) * 40;
}
