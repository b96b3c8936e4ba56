import { frameErrors } from '../common/channel-errors.js';
import { Lane } from '../common/lane.js';
import { PLACE } from '../common/queue.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import type { ChannelSocket } from './channel.socket.js';
import type { EventFrame, JoinFrame, LeaveFrame } from './frames.js';
import { LeaveReason } from './leave-reason.js';
import { refuse, Seat, type SeatHome, type SeatTask, type ServerJoin } from './seat.js';
import type { TopicMember } from './topic.member.js';

/** So many times more may wait while the client is asked something: its answer must not be left unread. */
const ASKED = 16;

/** The session whose topics these are. */
export interface TopicsHome extends SeatHome {
  /** How many bytes of frames may wait for their turn before the client is not read any more. */
  readonly parkedBytes: number;
  /** Whether an answer of the client is waited for. */
  readonly isAsked: boolean;
  pause(): void;
  resume(): void;
}

/** Something that waits for its turn, and what it counts for. */
interface Parked {
  readonly task: SeatTask;
  readonly size: number;
}

/** A seat, and what is to be done with it. */
class Place {
  readonly lane: Lane<Parked>;
  /** How many tasks run or wait. */
  tasks = 0;

  constructor(
    readonly seat: Seat,
    work: (place: Place, parked: Parked) => void | Promise<void>,
  ) {
    this.lane = new Lane(1, (parked) => work(this, parked));
    this.lane.open();
  }
}

/**
 * The topics of one session. What is about one topic is dealt with strictly in order; another topic does not wait for it. All that waits is bounded:
 * a client that is faster than its handlers is held back by its own network.
 */
export class SessionTopics {
  private readonly places = new Map<string, Place>();
  /** Joins in the client's place that are not decided yet. */
  private readonly serverJoins = new Set<ServerJoin>();
  private parked = 0;
  private isPaused = false;
  private isFinishing = false;

  constructor(private readonly home: TopicsHome) {}

  /** The sockets that have joined, or are about to. */
  get members(): TopicMember[] {
    return Array.from(this.places.values()).flatMap(({ seat }) => seat.member ?? []);
  }

  find(topic: string): TopicMember | undefined {
    return this.places.get(topic)?.seat.member;
  }

  /** Deals with a frame when it is its turn. */
  take(frame: JoinFrame | ServerJoin | LeaveFrame | EventFrame, size: number): void {
    if (this.isFinishing) return;
    if (this.isTooLong(frame, 'topic', frame.topic)) return;
    if (frame.kind === 'event' && this.isTooLong(frame, 'event', frame.event)) return;
    const place = this.places.get(frame.topic);
    if (place !== undefined) this.park(place, frame, size);
    else if (frame.kind === 'join') this.begin(frame, size);
    else if (frame.kind === 'leave') this.home.reply(frame, 'ok', undefined);
    else refuse(this.home, frame, frameErrors.unmatchedTopic());
  }

  /** Joins in the client's place. */
  join(topic: string): Promise<ChannelSocket> {
    return unlessUnheard(
      () => this.joinAsServer(topic),
      (error) => this.home.report(`joining '${topic}'`, error),
    );
  }

  /** Takes a socket out of its topic: nothing that is said there reaches it any more, and the rest is done when it is its turn. */
  dismiss(member: TopicMember, reason: LeaveReason, isCrash: boolean): void {
    const place = this.places.get(member.topic);
    if (member.isLeft || place === undefined) return;
    place.seat.depart(member);
    this.park(place, { kind: 'dismissal', member, reason, isCrash }, 0);
  }

  /** The client may be asked something by what runs: its answer stands behind what waits. */
  relieve(): void {
    if (this.isPaused && this.parked <= this.most) this.resume();
  }

  /** Nothing that is said in a topic reaches any socket from now on. */
  depart(): void {
    for (const member of this.members) member.exit();
  }

  /** Forgets what has not begun. */
  clear(): void {
    for (const { lane } of this.places.values()) lane.clear();
  }

  /** What runs comes to its end, and nothing else begins. Settles with the last of it; undefined where nothing runs. */
  finish(): Promise<void> | undefined {
    this.isFinishing = true;
    this.clear();
    // Answers to what the server asks are still read.
    if (this.isPaused) this.resume();
    const isIdle = [...this.places.values()].every(({ lane }) => lane.isIdle);
    return isIdle ? undefined : this.idle();
  }

  /** Settles when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.places.values(), ({ lane }) => lane.idle()));
  }

  /** All sockets leave: the session is over. One that is still asking to come in leaves when it has its answer. */
  async leave(): Promise<void> {
    for (const { refused } of this.serverJoins) refused(frameErrors.closed());
    const seats = Array.from(this.places.values(), ({ seat }) => seat);
    await Promise.all(seats.filter(({ member }) => member?.status !== 'joining').map((seat) => seat.leave(LeaveReason.Close)));
  }

  private async joinAsServer(topic: string): Promise<ChannelSocket> {
    let join: ServerJoin | undefined;
    const joining = new Promise<ChannelSocket>((joined, refused) => {
      join = { kind: 'join', topic, ref: undefined, joinRef: undefined, args: [], joined, refused };
      this.serverJoins.add(join);
      this.take(join, 0);
    });
    return joining.finally(() => this.serverJoins.delete(join as ServerJoin));
  }

  private isTooLong(frame: JoinFrame | ServerJoin | LeaveFrame | EventFrame, kind: 'topic' | 'event', name: string): boolean {
    const { nameLength } = this.home.core.ground.limits;
    if (name.length <= nameLength) return false;
    this.home.limited('nameLength');
    refuse(this.home, frame, frameErrors.nameTooLong(kind, nameLength));
    return true;
  }

  private get most(): number {
    return this.home.isAsked ? ASKED * this.home.parkedBytes : this.home.parkedBytes;
  }

  /** Only joins take a place: what a client makes of names that it has not joined costs nothing. */
  private begin(frame: JoinFrame | ServerJoin, size: number): void {
    const { channelsPerConnection } = this.home.core.ground.limits;
    if (this.places.size >= channelsPerConnection) {
      this.home.limited('channelsPerConnection');
      return refuse(this.home, frame, frameErrors.tooManyChannels());
    }
    const place = new Place(new Seat(this.home, frame.topic), (where, parked) => this.work(where, parked));
    this.places.set(frame.topic, place);
    this.park(place, frame, size);
  }

  private park(place: Place, task: SeatTask, bytes: number): void {
    const size = bytes + PLACE;
    place.tasks++;
    this.parked += size;
    place.lane.push({ task, size }, size);
    if (this.isPaused || this.parked <= this.most) return;
    this.isPaused = true;
    this.home.pause();
  }

  private work(place: Place, { task, size }: Parked): void | Promise<void> {
    this.parked -= size;
    if (this.isPaused && this.parked <= this.home.parkedBytes / 2) this.resume();
    const done = place.seat.run(task);
    if (done === undefined) this.done(place);
    else return done.then(() => this.done(place));
  }

  private done(place: Place): void {
    place.tasks--;
    const { topic, member } = place.seat;
    if (place.tasks === 0 && member === undefined && this.places.get(topic) === place) this.places.delete(topic);
  }

  private resume(): void {
    this.isPaused = false;
    this.home.resume();
  }
}
