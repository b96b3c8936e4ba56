import { parseJson, readText } from '../../common/json-text.js';
import { JsonValues } from '../../common/json-values.js';
import { bytesOf } from '../bytes.js';

/** As deep as System.Text.Json reads, and as the JSON of hubs. */
const DEEPEST = 64;

const values = new JsonValues();

/**
 * Reads the JSON of a document.
 *
 * @throws SignalRError for what is no JSON, and for what is nested too deep.
 */
export function readJson(document: Buffer): unknown {
  return parseJson(readText(document, 0, document.length, DEEPEST));
}

/** Writes a value as JSON; bytes are base64. */
export function writeValue(value: unknown): string {
  return values.write(bytesOf(value) ?? value ?? {});
}
