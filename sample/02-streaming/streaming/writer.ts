import { Injectable } from '@nestjs/common';
import { HubException } from 'nestjs-signalr';
import { setTimeout as delay } from 'node:timers/promises';
import { answerTo } from './answers.js';

const longestQuestion = 500;
/** Nobody speaks like a clock. */
const shortestPause = 25;
const longestPause = 95;
const pauseAfterSentence = 260;

/** Answers questions at the pace of somebody who thinks while speaking. */
@Injectable()
export class Writer {
  /**
   * The words of an answer, one by one.
   *
   * @param signal - ends a pause at once; without it a cancelled answer would sit out its pause first.
   */
  async *answer(question: string | null, signal: AbortSignal): AsyncGenerator<string> {
    for (const word of answerTo(checkQuestion(question)).split(/(?<=\s)/)) {
      yield word;
      await delay(pauseAfter(word), undefined, { signal });
    }
  }
}

function checkQuestion(question: string | null): string {
  const asked = (question ?? '').trim();
  if (asked === '') throw new HubException('Ask something first.');
  if (asked.length > longestQuestion) throw new HubException(`A question has at most ${longestQuestion} characters.`);
  return asked;
}

function pauseAfter(word: string): number {
  const pause = shortestPause + Math.random() * (longestPause - shortestPause);
  return /[.:?!]\s*$/.test(word) ? pause + pauseAfterSentence : pause;
}
