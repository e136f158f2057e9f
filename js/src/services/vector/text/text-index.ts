/**
 * Ranked text search over `content`: BM25 (S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", 2009) with k1 = 1.2, b = 0.75 and the never-negative idf of Lucene.
 *
 *   score(D, Q) = sum over terms t of Q:  qtf(t) * idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |D| / avg|D|))
 *   idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))
 *
 * N counts live documents with at least one word, n those of them that hold t, |D| the words of D (a repeated query word counts
 * repeatedly). Any word may match (OR). No stop words: idf makes them nearly free of weight, and "the who" stays findable.
 * Terms are added in the order of the query: every implementation gives the same bits on one host; between JavaScript engines the
 * last bit may differ, because the language leaves Math.log1p to them.
 */
import { hasBit, newSlots } from '../filters/bitmap.js';
import { roomy } from './growable.js';
import { findLanguage, type Language } from './languages.js';
import { Postings } from './postings.js';
import { fold, tokenize } from './tokenizer.js';
import { TopK } from '../top-k.js';

const K1 = 1.2;
const B = 0.75;
/** Surface forms whose term is remembered, so that a word is stemmed once; forgotten all together beyond this. */
const MAX_SURFACE_FORMS = 1 << 16;
/** Fewer dead documents than this are not worth rewriting the postings for. */
const MIN_DEAD = 256;
/** Term frequencies are kept in 16 bits; at 65,535 BM25 has long been flat. */
const MAX_FREQUENCY = 0xffff;
const DEAD = -1;

/** Best first: score descending, equal scores by ascending slot. */
export interface TextHits { slots: Uint32Array; scores: Float64Array }

export class TextIndex {
  readonly #language: Language;
  /** Filed form -> term; terms are numbered in order of appearance. */
  #terms = new Map<string, number>();
  readonly #surface = new Map<string, number>();
  #postings = new Postings();
  /** By term: live documents that hold it. */
  #holders = new Uint32Array(0);

  // Documents are numbered apart from slots: replacing a content is a new document, and postings are only ever appended.
  #documents = 0;
  #slotOf = new Int32Array(0);
  #lengths = new Uint32Array(0);
  /** Where a document's distinct terms start in the two pools; they end where the next one's start. */
  #starts = new Uint32Array(1);
  #heldTerms = new Uint32Array(0);
  #heldTimes = new Uint16Array(0);
  #documentAt = new Int32Array(0);

  #live = 0;
  #liveWords = 0;

  // Reused by every call.
  readonly #tally = new Map<number, number>();
  #scores = new Float64Array(0);
  #touched = new Uint32Array(0);
  readonly #best = new TopK();

  /**
   * @param language a name of `LANGUAGES`, 'none' to keep words whole
   * @throws ServiceError INVALID_ARGUMENT for an unknown language
   * @example
   * const index = new TextIndex('english');
   * index.set(0, 'libraries for reading archives');
   * index.search('library', 10); // { slots: Uint32Array [0], scores: Float64Array [0.287…] }
   */
  constructor(language = 'english') {
    this.#language = findLanguage(language);
  }

  /** Live documents with at least one word. */
  get size(): number { return this.#live; }

  /** Makes `content` the text of the slot; undefined, or a text without words, leaves it without. */
  set(slot: number, content: string | undefined): void {
    this.remove(slot);
    if (content === undefined || content === '') return;
    const tally = this.#tally;
    tally.clear();
    let words = 0;
    tokenize(content, { splitsAtApostrophe: this.#language.splitsAtApostrophe, query: false }, (token) => {
      const term = this.#termOf(token);
      tally.set(term, (tally.get(term) ?? 0) + 1);
      words++;
    });
    if (words > 0) this.#addDocument(slot, words, tally);
  }

  #addDocument(slot: number, words: number, tally: ReadonlyMap<number, number>): void {
    const document = this.#documents++;
    this.#slotOf = roomy(this.#slotOf, document + 1);
    this.#lengths = roomy(this.#lengths, document + 1);
    this.#starts = roomy(this.#starts, document + 2);
    this.#holders = roomy(this.#holders, this.#terms.size);
    let held = this.#starts[document]!;
    this.#heldTerms = roomy(this.#heldTerms, held + tally.size);
    this.#heldTimes = roomy(this.#heldTimes, held + tally.size);
    for (const [term, times] of tally) {
      const frequency = Math.min(times, MAX_FREQUENCY);
      this.#postings.append(term, document, frequency);
      this.#holders[term]!++;
      this.#heldTerms[held] = term;
      this.#heldTimes[held++] = frequency;
    }
    this.#starts[document + 1] = held;
    this.#slotOf[document] = slot;
    this.#lengths[document] = words;
    this.#place(slot, document);
    this.#live++;
    this.#liveWords += words;
  }

  #place(slot: number, document: number): void {
    if (slot >= this.#documentAt.length) {
      const from = this.#documentAt.length;
      this.#documentAt = roomy(this.#documentAt, slot + 1);
      this.#documentAt.fill(DEAD, from);
    }
    this.#documentAt[slot] = document;
  }

  #termOf(token: string): number {
    let term = this.#surface.get(token);
    if (term !== undefined) return term;
    term = this.#fileTerm(fold(this.#language.stem(token)));
    if (this.#surface.size >= MAX_SURFACE_FORMS) this.#surface.clear();
    this.#surface.set(token, term);
    return term;
  }

  #fileTerm(form: string): number {
    const known = this.#terms.get(form);
    if (known !== undefined) return known;
    const term = this.#terms.size;
    this.#terms.set(form, term);
    return term;
  }

  /** The slot has no text any more; slots without one are ignored. */
  remove(slot: number): void {
    const document = this.#documentAt[slot] ?? DEAD;
    if (document === DEAD) return;
    for (let i = this.#starts[document]!; i < this.#starts[document + 1]!; i++) this.#holders[this.#heldTerms[i]!]!--;
    this.#documentAt[slot] = DEAD;
    this.#slotOf[document] = DEAD;
    this.#live--;
    this.#liveWords -= this.#lengths[document]!;
    const dead = this.#documents - this.#live;
    if (dead >= MIN_DEAD && dead > this.#live) this.#rewrite((s) => s);
  }

  clear(): void {
    this.#terms = new Map();
    this.#surface.clear();
    this.#postings = new Postings();
    this.#holders = new Uint32Array(0);
    this.#documents = 0;
    this.#slotOf = new Int32Array(0);
    this.#lengths = new Uint32Array(0);
    this.#starts = new Uint32Array(1);
    this.#heldTerms = new Uint32Array(0);
    this.#heldTimes = new Uint16Array(0);
    this.#documentAt = new Int32Array(0);
    this.#live = 0;
    this.#liveWords = 0;
    this.#scores = new Float64Array(0);
    this.#touched = new Uint32Array(0);
  }

  /** Renumbers: `liveSlots[i]` (ascending) becomes slot i; slots not named lose their text. Memory of removed documents and words is given back. */
  compact(liveSlots: Uint32Array): void {
    const place = newSlots(liveSlots, this.#documentAt.length);
    this.#rewrite((slot) => place[slot]!);
  }

  /** Writes documents, terms and postings anew from the live documents that `newSlot` keeps, in their old order. */
  #rewrite(newSlot: (slot: number) => number): void {
    const documents = this.#documents, slotOf = this.#slotOf, lengths = this.#lengths;
    const starts = this.#starts, heldTerms = this.#heldTerms, heldTimes = this.#heldTimes;
    const forms = [...this.#terms.keys()];
    this.clear();
    const tally = this.#tally;
    const renumbered = new Int32Array(forms.length).fill(DEAD);
    for (let document = 0; document < documents; document++) {
      const slot = slotOf[document] === DEAD ? DEAD : newSlot(slotOf[document]!);
      if (slot === DEAD) continue;
      tally.clear();
      for (let i = starts[document]!; i < starts[document + 1]!; i++) {
        const term = heldTerms[i]!;
        if (renumbered[term] === DEAD) renumbered[term] = this.#fileTerm(forms[term]!);
        tally.set(renumbered[term]!, heldTimes[i]!);
      }
      this.#addDocument(slot, lengths[document]!, tally);
    }
  }

  /**
   * The k best documents that hold any word of the query.
   *
   * @param allow bit i set = slot i may be returned; left out: every live document. Statistics are the whole collection's either way.
   */
  search(query: string, k: number, allow?: Uint32Array): TextHits {
    const wanted = this.#tallyQuery(query);
    if (this.#scores.length < this.#documents) {
      this.#scores = new Float64Array(this.#slotOf.length);
      this.#touched = new Uint32Array(this.#slotOf.length);
    }
    const scores = this.#scores, touched = this.#touched;
    const base = K1 * (1 - B);
    const slope = K1 * B * this.#live / Math.max(1, this.#liveWords);
    let count = 0;
    for (const [term, times] of wanted) {
      const holders = this.#holders[term]!;
      if (holders === 0) continue;
      const idf = Math.log1p((this.#live - holders + 0.5) / (holders + 0.5));
      count = this.#postings.score(term, times * idf * (K1 + 1), base, slope, this.#lengths, scores, touched, count);
    }
    const best = this.#best;
    best.reset(Math.max(1, Math.min(k, count)));
    for (let i = 0; i < count; i++) {
      const document = touched[i]!;
      const slot = this.#slotOf[document]!;
      if (slot !== DEAD && (allow === undefined || (slot >>> 5 < allow.length && hasBit(allow, slot)))) best.offer(scores[document]!, slot);
      scores[document] = 0;
    }
    const found = k > 0 ? best.finish() : 0;
    return { slots: best.slots.slice(0, found), scores: best.scores.slice(0, found) };
  }

  /** The query's known terms, in order of appearance, with how often each is asked for. */
  #tallyQuery(query: string): ReadonlyMap<number, number> {
    const tally = this.#tally;
    tally.clear();
    tokenize(query, { splitsAtApostrophe: this.#language.splitsAtApostrophe, query: true }, (token) => {
      // Unknown words are looked up and not filed: queries must not grow the index.
      const term = this.#surface.get(token) ?? this.#terms.get(fold(this.#language.stem(token)));
      if (term !== undefined) tally.set(term, (tally.get(term) ?? 0) + 1);
    });
    return tally;
  }

  /** Bytes held, by estimate. */
  memory(): number {
    const arrays = [this.#holders, this.#slotOf, this.#lengths, this.#starts, this.#heldTerms, this.#heldTimes, this.#documentAt, this.#scores, this.#touched];
    return arrays.reduce((sum, array) => sum + array.byteLength, this.#postings.memory()) + (this.#terms.size + this.#surface.size) * 72;
  }
}
