use super::*;

/// Rows 0..1600, of which 800 are removed in calls of `step` and 400 of those come back with new content.
fn churned(step: usize) -> (Rows, Graph) {
    let mut rows = Rows::random(1600, 24, 1);
    let mut graph = build(&rows, PARAMS);
    let mut scratch = Scratch::default();
    let mut random = Random(5);
    let mut order: Vec<u32> = (0..1600).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, random.below(i + 1));
    }
    for slots in order[..800].chunks(step) {
        graph.remove(&rows, slots, &mut scratch).unwrap();
        check_lightly(&graph, slots);
    }
    for &slot in &order[..400] {
        for x in &mut rows.data[slot as usize * 24..(slot as usize + 1) * 24] {
            *x = random.normal();
        }
        graph.insert(&rows, slot, &mut scratch).unwrap();
    }
    check_invariants(&graph);
    (rows, graph)
}

fn check_lightly(graph: &Graph, removed: &[u32]) {
    assert!(removed.iter().all(|&slot| !graph.contains(slot)));
}

#[test]
fn a_churned_graph_is_as_good_as_a_fresh_one() {
    let queries = Rows::random(100, 24, 2);
    for step in [1, 100, 800] {
        let (rows, graph) = churned(step);
        assert_eq!((graph.len(), unreachable(&graph)), (1200, 0));
        let mut fresh = Graph::new(PARAMS).unwrap();
        let mut scratch = Scratch::default();
        for slot in (0..1600).filter(|&slot| graph.contains(slot)) {
            fresh.insert(&rows, slot, &mut scratch).unwrap();
        }
        for ef in [32, 100] {
            let (old, new) =
                (recall(&graph, &rows, &queries, ef, |s| graph.contains(s)), recall(&fresh, &rows, &queries, ef, |s| graph.contains(s)));
            assert!(old >= new - 0.01, "removed {step} at a time, ef {ef}: recall {old} against {new} of a fresh graph");
        }
    }
}

#[test]
fn a_replaced_row_is_found_at_its_new_place_only() {
    let mut rows = Rows::random(1000, 16, 3);
    let mut graph = build(&rows, PARAMS);
    let mut scratch = Scratch::default();
    for slot in (0..1000).step_by(20) {
        let old = rows.row(slot).to_vec();
        for x in &mut rows.data[slot * 16..(slot + 1) * 16] {
            *x += 3.0;
        }
        graph.insert(&rows, slot as u32, &mut scratch).unwrap();
        assert_eq!(search(&graph, &rows, rows.row(slot), &Request { k: 1, ef: 50, ..Request::default() }), [slot as u32]);
        assert_ne!(search(&graph, &rows, &old, &Request { k: 1, ef: 50, ..Request::default() }), [slot as u32]);
    }
    assert_eq!(graph.len(), 1000);
    check_invariants(&graph);
}

#[test]
fn removing_everything_but_a_few_leaves_them_in_reach() {
    for left in [0, 1, 2, 20] {
        let rows = Rows::clustered(1000, 8, 4);
        let mut graph = build(&rows, PARAMS);
        let dead: Vec<u32> = (0..1000).filter(|slot| slot % 50 != 7 || *slot >= left * 50).collect();
        graph.remove(&rows, &dead, &mut Scratch::default()).unwrap();
        check_invariants(&graph);
        assert_eq!(graph.len(), left as usize);
        let hits = search(&graph, &rows, rows.row(0), &Request { k: 100, ef: 100, ..Request::default() });
        assert_eq!(hits.len(), left as usize);
    }
}

#[test]
fn the_entry_point_can_be_removed_again_and_again() {
    let rows = Rows::random(300, 8, 6);
    let mut graph = build(&rows, PARAMS);
    let mut scratch = Scratch::default();
    while !graph.is_empty() {
        let entry = graph.entry;
        graph.remove(&rows, &[entry, entry, 5000], &mut scratch).unwrap();
        assert!(!graph.contains(entry));
        check_invariants(&graph);
    }
    graph.insert(&rows, 17, &mut scratch).unwrap();
    assert_eq!(search(&graph, &rows, rows.row(0), &Request { k: 3, ef: 3, ..Request::default() }), [17]);
}

#[test]
fn freed_room_is_used_again() {
    let rows = Rows::random(400, 8, 7);
    let mut graph = build(&rows, PARAMS);
    let mut scratch = Scratch::default();
    let before = graph.memory();
    for _ in 0..5 {
        let slots: Vec<u32> = (0..400).collect();
        graph.remove(&rows, &slots, &mut scratch).unwrap();
        for slot in slots {
            graph.insert(&rows, slot, &mut scratch).unwrap();
        }
    }
    assert_eq!(graph.memory(), before);
}

#[test]
fn compacting_renumbers_and_keeps_every_link() {
    let (rows, graph) = churned(100);
    let live: Vec<u32> = (0..1600).filter(|&slot| graph.contains(slot)).collect();
    let mut bitmap = vec![0u32; 50];
    let mut packed = Rows { dims: 24, data: Vec::new() };
    for &slot in &live {
        bitmap[slot as usize / 32] |= 1 << (slot % 32);
        packed.data.extend(rows.row(slot as usize));
    }
    let compacted = Graph::import(&graph.export_compacted(&bitmap).unwrap(), PARAMS, 1200).unwrap();
    check_invariants(&compacted);
    assert_eq!((compacted.slots(), compacted.len()), (1200, 1200));
    for query in 0..50 {
        let query = rows.row(query * 3);
        let request = Request { k: 10, ef: 40, ..Request::default() };
        let old = search(&graph, &rows, query, &request);
        let new = search(&compacted, &packed, query, &request);
        assert_eq!(old, new.iter().map(|&slot| live[slot as usize]).collect::<Vec<_>>());
    }
}
