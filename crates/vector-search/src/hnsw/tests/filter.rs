use super::*;
use crate::hnsw::prefer_scan;

fn bitmap(slots: u32, keep: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut words = vec![0; slots.div_ceil(32) as usize];
    for slot in (0..slots).filter(|&slot| keep(slot)) {
        words[slot as usize / 32] |= 1 << (slot % 32);
    }
    words
}

#[test]
fn only_matching_rows_are_returned_and_recall_holds() {
    let rows = Rows::random(2000, 24, 1);
    let graph = build(&rows, PARAMS);
    let queries = Rows::random(50, 24, 2);
    for every in [2, 5, 20, 50] {
        let keep = |slot: u32| slot.is_multiple_of(every);
        let allow = bitmap(2000, keep);
        let mut found = 0;
        for q in 0..50 {
            let hits = search(&graph, &rows, queries.row(q), &Request { k: 10, ef: 60, allow: Some(&allow), budget: 0 });
            assert_eq!(hits.len(), 10);
            assert!(hits.iter().all(|&hit| keep(hit)));
            let truth = exact(&rows, queries.row(q), 10, keep);
            found += hits.iter().filter(|hit| truth.contains(hit)).count();
        }
        let share = found as f64 / 500.0;
        assert!(share >= 0.95, "recall {share} with one in {every} allowed");
    }
}

#[test]
fn few_matching_rows_are_all_found() {
    let rows = Rows::random(1000, 16, 3);
    let graph = build(&rows, PARAMS);
    let keep = |slot: u32| [7, 500, 999].contains(&slot);
    let hits = search(&graph, &rows, rows.row(0), &Request { k: 10, ef: 50, allow: Some(&bitmap(1000, keep)), budget: 0 });
    assert_eq!(hits, exact(&rows, rows.row(0), 10, keep));
    let none = search(&graph, &rows, rows.row(0), &Request { k: 10, ef: 50, allow: Some(&[]), budget: 0 });
    assert_eq!(none, []);
}

#[test]
fn a_budget_ends_the_walk_and_says_so() {
    let rows = Rows::random(1000, 16, 3);
    let graph = build(&rows, PARAMS);
    let allow = bitmap(1000, |slot| slot == 5);
    let mut scratch = Scratch::default();
    let found = graph.search(&To(&rows, rows.row(9)), &Request { k: 1, ef: 50, allow: Some(&allow), budget: 200 }, &mut scratch).unwrap();
    assert!(found.gave_up && found.distances < 400, "{found:?}");
}

#[test]
fn scanning_is_preferred_for_few_rows_and_walking_for_many() {
    assert!(prefer_scan(1_000_000, 5_000, 100));
    assert!(!prefer_scan(1_000_000, 500_000, 100));
    assert!(prefer_scan(20_000, 2_000, 96) && prefer_scan(20_000, 200, 96));
}
