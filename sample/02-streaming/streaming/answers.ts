/** What is known here, by the words that a question about it has. The first one that fits is the answer. */
const answers: [about: RegExp, text: string][] = [
  [
    /cancel|stop|enough/i,
    'The page disposes of its subscription, and the client sends one small message: cancel this call. The server ends the call, ' +
      'aborts the signal that the method asked for, and calls return() on the generator.\n\n' +
      'A generator that waits between two words would only notice after its pause. That is what the signal is for: the pause listens to it, ' +
      'and so the generator is gone at once. Its finally blocks have run before anybody could ask.\n\n' +
      'Press Stop now, if you like. The words that I have not said yet will never be made.',
  ],
  [
    /slow|fast|pressure|memory/i,
    'A generator is asked for its next item only when there is room for it. When a reader falls behind, nothing piles up: the generator just ' +
      'stands still until the reader has caught up.\n\n' +
      'An Observable cannot be told to wait. If too much of it is waiting for a slow reader, that one stream ends with an error, and the ' +
      'connection goes on.\n\n' +
      'The other way round it is the same. The upload on this page is never more than a few pieces ahead of what the server says it has.',
  ],
  [
    /connection|drop|lost|offline|reconnect/i,
    'A stream lives as long as its connection. When that is lost, the page is told that its streams have failed, and the server lets go of ' +
      'their sources.\n\n' +
      'Then the client connects again by itself. The chart starts a new stream and leaves a gap where nothing was measured. ' +
      'The upload and I do not: half a file or half an answer is better begun again by whoever wanted it.',
  ],
  [
    /stream|word|how|what|why/i,
    'A stream is an answer that comes in pieces. The method here is an async generator: it yields a word, waits a moment, and yields the next. ' +
      'Each word is a message of its own, and the page shows it as it comes.\n\n' +
      'That suits everything that takes its time: the text of a language model, the lines of a log, the rows of a long report. ' +
      'One reads from the first second on, and stops when one has read enough.',
  ],
];

const nothingKnown = 'I only know about streams, and how they are cancelled, held back and lost. Ask me about one of these.';

/** A text with sentences that end in `.`, `:`, `?` or `!`. */
export function answerTo(question: string): string {
  return answers.find(([about]) => about.test(question))?.[1] ?? nothingKnown;
}
