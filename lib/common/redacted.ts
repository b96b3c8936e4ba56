/** In a query, a form or a document: what names a token or, in a query, the secret of a connection. */
const NAMED = /((?:\baccess_token["']?\s*[=:]\s*["']?)|[?&](?:id|token|apikey)=)[^&\s"'#]+/gi;
const BEARER = /\b(bearer\s+)[\w.~+/=-]+/gi;
/** By itself; every JWT begins so. */
const JWT = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.?[\w-]*/g;

/** A text for a log: without the tokens that errors quote from URLs and headers. */
export function redacted(text: string): string {
  return text.replace(NAMED, '$1***').replace(BEARER, '$1***').replace(JWT, '***');
}
