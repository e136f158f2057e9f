use super::*;
use error_code::ErrorCode;

fn small() -> (Rows, Vec<u8>) {
    let rows = Rows::random(90, 6, 8);
    let params = Params { m: 4, ..PARAMS };
    let mut graph = build(&rows, params);
    graph.remove(&rows, &[3, 77, 89], &mut Scratch::default()).unwrap();
    (rows, graph.export().unwrap())
}

fn import(bytes: &[u8]) -> error_code::Result<Graph> {
    Graph::import(bytes, Params { m: 4, ..PARAMS }, 90)
}

fn corrupt<T>(result: &error_code::Result<T>) -> bool {
    result.as_ref().is_err_and(|error| error.code == ErrorCode::Corrupt)
}

#[test]
fn a_written_graph_reads_back_the_same_and_grows_the_same() {
    let (rows, bytes) = small();
    let mut graph = import(&bytes).unwrap();
    check_invariants(&graph);
    assert!(graph.export().unwrap() == bytes);
    let mut again = import(&bytes).unwrap();
    for graph in [&mut graph, &mut again] {
        graph.insert(&rows, 77, &mut Scratch::default()).unwrap();
    }
    assert!(graph.export().unwrap() == again.export().unwrap());
    let empty = Graph::new(PARAMS).unwrap().export().unwrap();
    assert!(Graph::import(&empty, PARAMS, 0).unwrap().is_empty());
}

#[test]
fn another_m_seed_or_fewer_slots_are_refused() {
    let (_, bytes) = small();
    for (params, slots) in [(PARAMS, 90), (Params { m: 4, seed: 1, ..PARAMS }, 200), (Params { m: 4, ..PARAMS }, 88)] {
        assert!(corrupt(&Graph::import(&bytes, params, slots)));
    }
}

#[test]
fn bytes_cut_anywhere_or_with_more_behind_are_refused() {
    let (_, mut bytes) = small();
    for end in 0..bytes.len() {
        assert!(corrupt(&import(&bytes[..end])), "cut at {end}");
    }
    bytes.push(0);
    assert!(corrupt(&import(&bytes)));
}

#[test]
fn every_flipped_bit_is_refused_or_makes_a_graph_that_is_safe_to_use() {
    let (rows, bytes) = small();
    let mut refused = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match import(&bytes) {
            Err(error) => {
                assert_eq!(error.code, ErrorCode::Corrupt, "bit {bit}");
                refused += 1;
            }
            Ok(graph) => {
                check_invariants(&graph);
                search(&graph, &rows, rows.row(0), &Request { k: 5, ef: 10, ..Request::default() });
            }
        }
    }
    assert!(refused > bytes.len() * 8 / 2, "only {refused} of {} flips were refused", bytes.len() * 8);
}

#[test]
fn forged_counts_are_refused_before_memory_is_asked_for() {
    let (_, bytes) = small();
    for at in (8..32).step_by(4) {
        for value in [0u32, 1, 199, 201, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX] {
            let mut forged = bytes.clone();
            forged[at..at + 4].copy_from_slice(&value.to_le_bytes());
            if forged != bytes {
                let read = Graph::import(&forged, Params { m: 4, ..PARAMS }, u32::MAX);
                let entry_on_top = at == 20 && read.is_ok();
                assert!(entry_on_top || corrupt(&read), "{value} at {at}");
            }
        }
    }
}

#[test]
fn random_damage_never_panics() {
    let (rows, bytes) = small();
    let mut random = Random(99);
    for _ in 0..1000 {
        let mut bytes = bytes.clone();
        for _ in 0..1 + random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        if let Ok(mut graph) = import(&bytes) {
            check_invariants(&graph);
            graph.insert(&rows, 3, &mut Scratch::default()).unwrap();
            graph.remove(&rows, &[10, 20, 30], &mut Scratch::default()).unwrap();
            check_invariants(&graph);
        }
    }
}
