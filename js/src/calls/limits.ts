/** Calls that may wait; far more than any caller awaits, few enough that their arguments fit in memory. */
export const QUEUE_LIMIT = 100_000;
