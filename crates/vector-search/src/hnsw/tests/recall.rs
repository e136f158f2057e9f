use super::*;
use crate::hnsw::Plan;
use error_code::ErrorCode;

#[test]
fn finds_the_true_neighbours_of_random_rows() {
    let rows = Rows::random(1500, 24, 1);
    let graph = build(&rows, PARAMS);
    check_invariants(&graph);
    let found = recall(&graph, &rows, &Rows::random(100, 24, 2), 100, |_| true);
    assert!(found >= 0.97, "recall {found}");
}

#[test]
fn finds_the_true_neighbours_in_tight_clusters() {
    let rows = Rows::clustered(2000, 32, 3);
    let graph = build(&rows, PARAMS);
    let queries = Rows { dims: 32, data: rows.data[..100 * 32].iter().map(|x| x + 0.01).collect() };
    let found = recall(&graph, &rows, &queries, 64, |_| true);
    assert!(found >= 0.99, "recall {found}");
}

#[test]
fn every_row_can_be_reached() {
    let mut copies = Rows::random(1000, 8, 12);
    for slot in 500..650 {
        copies.data.copy_within(0..8, slot * 8);
    }
    for rows in [Rows::random(5000, 24, 5), Rows::clustered(5000, 16, 6), copies] {
        assert_eq!(unreachable(&build(&rows, PARAMS)), 0);
    }
}

#[test]
fn copies_of_one_row_are_all_found_and_do_not_become_an_island() {
    let mut rows = Rows::random(1000, 8, 12);
    for slot in 500..650 {
        rows.data.copy_within(0..8, slot * 8);
    }
    let graph = build(&rows, PARAMS);
    check_invariants(&graph);
    let hits = search(&graph, &rows, rows.row(0), &Request { k: 180, ef: 180, ..Request::default() });
    let truth = exact(&rows, rows.row(0), 180, |_| true);
    assert_eq!(hits[..151], truth[..151], "copies");
    let found = truth.iter().filter(|slot| hits.contains(slot)).count();
    assert!(found >= 177, "{found} of 180 found");
}

#[test]
fn equal_rows_are_all_found_lowest_slot_first() {
    let rows = Rows { dims: 2, data: vec![1.0; 400] };
    let graph = build(&rows, PARAMS);
    check_invariants(&graph);
    let hits = search(&graph, &rows, &[1.0, 1.0], &Request { k: 200, ef: 200, ..Request::default() });
    assert_eq!(hits.len(), 200);
    assert!(hits.is_sorted());
}

#[test]
fn the_same_calls_make_the_same_bytes_and_another_seed_makes_others() {
    let rows = Rows::random(600, 8, 7);
    let first = build(&rows, PARAMS).export().unwrap();
    assert!(first == build(&rows, PARAMS).export().unwrap());
    assert!(first != build(&rows, Params { seed: 43, ..PARAMS }).export().unwrap());
}

#[test]
fn plans_made_in_batches_link_to_a_good_graph() {
    let rows = Rows::random(1500, 24, 1);
    let mut graph = Graph::new(PARAMS).unwrap();
    let mut scratch = Scratch::default();
    let mut next = 0;
    while next < 1500 {
        let batch = (next / 4).clamp(1, 64).min(1500 - next);
        let plans: Vec<Plan> = (next..next + batch)
            .map(|slot| {
                let mut plan = Plan::default();
                graph.plan(&rows, slot, &mut scratch, &mut plan).unwrap();
                plan
            })
            .collect();
        for plan in &plans {
            graph.link(&rows, plan, &mut scratch).unwrap();
        }
        next += batch;
    }
    check_invariants(&graph);
    let found = recall(&graph, &rows, &Rows::random(100, 24, 2), 100, |_| true);
    assert!(found >= 0.97, "recall {found}");
}

#[test]
fn empty_and_tiny_graphs_answer() {
    let rows = Rows::random(3, 4, 9);
    let mut graph = Graph::new(PARAMS).unwrap();
    assert_eq!(search(&graph, &rows, rows.row(0), &Request { k: 5, ef: 5, ..Request::default() }), []);
    graph.insert(&rows, 2, &mut Scratch::default()).unwrap();
    assert_eq!(search(&graph, &rows, rows.row(0), &Request { k: 5, ef: 0, ..Request::default() }), [2]);
    assert_eq!(search(&graph, &rows, rows.row(0), &Request { k: 0, ef: 9, ..Request::default() }), []);
    assert_eq!((graph.len(), graph.slots()), (1, 3));
}

#[test]
fn distances_that_are_not_numbers_do_not_break_the_order() {
    let mut rows = Rows::random(500, 4, 10);
    for slot in (0..500).step_by(7) {
        rows.data[slot * 4] = f32::NAN;
    }
    let graph = build(&rows, PARAMS);
    check_invariants(&graph);
    let hits = search(&graph, &rows, &[0.0; 4], &Request { k: 10, ef: 50, ..Request::default() });
    assert!(hits.iter().all(|hit| hit % 7 != 0));
}

#[test]
fn parameters_out_of_range_are_refused() {
    for bad in [Params { m: 1, ..PARAMS }, Params { m: 101, ..PARAMS }, Params { ef_construction: 0, ..PARAMS }] {
        assert_eq!(Graph::new(bad).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}

#[test]
fn a_graph_with_16_links_takes_less_than_180_bytes_a_row() {
    let rows = Rows::random(4096, 4, 11);
    let graph = build(&rows, PARAMS);
    let bytes = graph.memory() as f64 / 4096.0;
    assert!((138.0..180.0).contains(&bytes), "{bytes} bytes a row");
}
