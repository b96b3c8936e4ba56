import type { MessageMeta } from './message-meta.js';

/** By which a client knows its message: it is echoed as it came. Undefined and null where the client waits for no answer. */
export type FrameRef = string | number | null | undefined;

/** What every frame about a topic has. */
interface Addressed {
  readonly topic: string;
  readonly ref: FrameRef;
  /** Which of the client's joins of the topic it belongs to, where the dialect says so. */
  readonly joinRef: FrameRef;
  /** Set in answers where the client has no such join. */
  readonly isOfNoJoin?: boolean;
}

/** The client wants to be in a topic. */
export interface JoinFrame extends Addressed {
  readonly kind: 'join';
  /** Its payload is the first. */
  readonly args: readonly unknown[];
  readonly meta?: MessageMeta;
}

/** The client wants to be in a topic no longer. */
export interface LeaveFrame extends Addressed {
  readonly kind: 'leave';
}

/** The client says something in a topic. */
export interface EventFrame extends Addressed {
  readonly kind: 'event';
  readonly event: string;
  readonly args: readonly unknown[];
  /** Set where it has to be answered, with nothing if there is nothing to say. */
  readonly isRequest?: boolean;
  readonly meta?: MessageMeta;
}

/** The client shows that it is there, and wants to see that the server is. */
export interface HeartbeatFrame {
  readonly kind: 'heartbeat';
  readonly topic: string;
  readonly ref: FrameRef;
  readonly joinRef?: undefined;
  readonly isOfNoJoin?: undefined;
}

/** The client answers a request of the server. */
export interface AnswerFrame {
  readonly kind: 'answer';
  /** The id that the request was given. */
  readonly id: number;
  readonly status: FrameStatus;
  /** What it answers, or what went wrong. */
  readonly payload: unknown;
}

/** The client wants the answer to an event no longer. */
export interface CancelFrame {
  readonly kind: 'cancel';
  readonly ref: FrameRef;
}

/** What a client says, whatever its dialect. */
export type ChannelFrame = JoinFrame | LeaveFrame | EventFrame | HeartbeatFrame | AnswerFrame | CancelFrame;

/** A frame that is answered. */
export type AnsweredFrame = JoinFrame | LeaveFrame | EventFrame | HeartbeatFrame;

/** How an answer is meant. */
export type FrameStatus = 'ok' | 'error';
