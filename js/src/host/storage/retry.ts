/** Patience with what a dead tab, worker or thread gives back late. */

/** Repeats `work` with growing pauses, about three seconds in all, while it fails in the way named. */
export async function retry<T>(work: () => Promise<T>, transient: (error: unknown) => boolean): Promise<T> {
  for (let pause = 20; ; pause *= 2) {
    try {
      return await work();
    } catch (error) {
      if (pause > 1300 || !transient(error)) throw error;
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }
}
