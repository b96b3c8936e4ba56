/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** A new element of SVG. */
export function svgElement(tag, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
