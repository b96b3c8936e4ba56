import type { IncomingMessage } from 'node:http';
import type { Events } from '../common/events.js';
import { pathOf } from '../connections/request-query.js';
import type { Served } from './served.js';

/** What was answered to a request. */
interface Answered {
  readonly status: number;
  readonly body: string;
}

/** The least status that says no. */
const REFUSED = 400;

/** Tells who was turned away and why: clients show a number at the most, and whoever runs the server has nothing else. */
export class Refusals {
  constructor(private readonly events: Events) {}

  /** @param as - what the request is called, where that is not its method. */
  tell(
    { endpoint }: Served,
    { method = 'GET', url = '/' }: Pick<IncomingMessage, 'method' | 'url'>,
    answered: Answered,
    as = method,
  ): void {
    const { status, body } = answered;
    if (status < REFUSED || !this.events.has('refused')) return;
    this.events.emit('refused', { endpoint: endpoint.name, asked: `${as} ${pathOf(url)}`, status, reason: body });
  }
}
