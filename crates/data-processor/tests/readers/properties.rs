//! Random texts: any cut gives the same, and nothing is lost.

use columnar::ColumnType;
use data_processor::read::{Ragged, ReadOptions};
use proptest::prelude::*;

use super::{Format, outcome, read, show};

fn pieces(bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

fn any_cut_gives_the_same(format: Format, options: &ReadOptions, bytes: &[u8], cuts: &[usize]) {
    let whole = outcome(&read(format, options.clone(), [bytes]));
    let parts = pieces(bytes, cuts);
    let cut = outcome(&read(format, options.clone(), parts.iter().map(Vec::as_slice)));
    assert_eq!(whole, cut, "{:?}", String::from_utf8_lossy(bytes));
}

/// What cells of files look like.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-3i64..300).prop_map(|n| n.to_string()),
        2 => any::<i32>().prop_map(|n| n.to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        4 => (any::<i16>(), 0usize..5).prop_map(|(n, digits)| format!("{:.digits$}", f64::from(n) / 100.0)),
        2 => any::<f64>().prop_map(|n| format!("{n:?}")),
        1 => "-?[0-9]{0,24}\\.?[0-9]{0,24}([eE][+-]?[0-9]{0,3})?",
        1 => "(true|false|True|FALSE|nan|NaN|Infinity|-inf)",
        1 => "[12][0-9]{3}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,7})?)?(Z|[+-]0[0-9]:?[03]0)?)?",
        1 => "[ \t]?[0-9.]{1,4}[ \t]?",
        1 => "[a-cé東😀\" ,;\r\n]{0,9}",
        1 => Just(String::new()),
    ]
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A column's texts as a file, quoted where they must be.
fn file(cells: &[String]) -> String {
    let mut text = String::from("a,b\n");
    for (i, cell) in cells.iter().enumerate() {
        let needs = cell.starts_with('"') || cell.contains([',', '\n', '\r']);
        text += &if needs { quoted(cell) } else { cell.clone() };
        text += [",\n", ",\r\n", ",\r"][i % 3];
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn csv_cut_anywhere(text in "[abé,;\"\n\r0-9.x -]{0,80}", cuts in prop::collection::vec(any::<usize>(), 0..6), header: bool, ragged in 0usize..3, given: bool) {
        let options = ReadOptions {
            header,
            ragged: [Ragged::Error, Ragged::Fill, Ragged::Skip][ragged],
            delimiter: given.then_some(b','),
            ..ReadOptions::default()
        };
        any_cut_gives_the_same(Format::Csv, &options, text.as_bytes(), &cuts);
    }

    #[test]
    fn csv_of_any_bytes_cut_anywhere(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(b'"')], 0..60), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        any_cut_gives_the_same(Format::Csv, &ReadOptions { ragged: Ragged::Fill, ..ReadOptions::default() }, &bytes, &cuts);
    }

    #[test]
    fn ndjson_cut_anywhere(text in "(\\{(\"[ab]\":(1|2\\.5|\"x\\\\u0041\"|null|\\[1, \\{\\}\\]|true),?){0,3}\\}[ \r]?\n|[{}\\[\\]\",:a1\n]){0,6}", cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        any_cut_gives_the_same(Format::Lines, &ReadOptions::default(), text.as_bytes(), &cuts);
    }

    #[test]
    fn json_cut_anywhere(rows in prop::collection::vec("\\{( ?\"[ab]\" ?: ?(12|2\\.5|\"x,\\\\\"\\]\"|null|\\[1, \\{\\}\\]|true),){0,2}\"c\":-1\\}", 0..5), tail in "[\\]\\[{},\" \n]{0,3}", cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        let text = format!("[{}]{tail}", rows.join(" ,\n"));
        any_cut_gives_the_same(Format::Document, &ReadOptions::default(), text.as_bytes(), &cuts);
    }

    #[test]
    fn json_columns_cut_anywhere(columns in prop::collection::vec("\"[ab]\" ?: ?\\[( ?(12|2\\.5|null) ?,){0,4}-10\\]", 0..4), tail in "[\\]\\[{},\" \n]{0,2}", cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        let text = format!("{{{}}}{tail}", columns.join(", "));
        any_cut_gives_the_same(Format::Document, &ReadOptions::default(), text.as_bytes(), &cuts);
    }

    #[test]
    fn a_csv_column_loses_nothing(cells in prop::collection::vec(cell(), 1..30)) {
        let text = file(&cells);
        let table = read(Format::Csv, ReadOptions::default(), [text.as_bytes()]).unwrap();
        prop_assert_eq!(table.rows(), cells.len());
        let (_, kind, values) = &show(&table)[0];
        for (cell, value) in cells.iter().zip(values) {
            let Some(value) = value else {
                prop_assert!(cell.is_empty());
                continue;
            };
            let value = std::str::from_utf8(value).unwrap();
            match *kind {
                "utf8" => prop_assert_eq!(cell, value),
                "f64" => {
                    let cell = cell.trim_matches([' ', '\t']);
                    let (wanted, found): (f64, f64) = (cell.parse().unwrap(), value.parse().unwrap());
                    prop_assert!(wanted.to_bits() == found.to_bits() || wanted.is_nan() && found.is_nan(), "{} became {}", cell, value);
                }
                "i32" | "i64" => prop_assert_eq!(cell.trim_matches([' ', '\t']), value),
                "bool" => prop_assert_eq!(cell.to_lowercase(), value),
                "timestamp" => prop_assert!(cell.len() >= 10),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn the_type_of_a_csv_column_is_not_a_matter_of_order(cells in prop::collection::vec(cell(), 1..12)) {
        let kind = |cells: &[String]| show(&read(Format::Csv, ReadOptions::default(), [file(cells).as_bytes()]).unwrap())[0].1;
        let mut backwards = cells.clone();
        backwards.reverse();
        prop_assert_eq!(kind(&cells), kind(&backwards));
    }

    #[test]
    fn text_that_follows_brings_every_cell_back(mut cells in prop::collection::vec(cell(), 1..30)) {
        cells.push("text".into());
        let table = read(Format::Csv, ReadOptions::default(), [file(&cells).as_bytes()]).unwrap();
        let (_, kind, values) = &show(&table)[0];
        prop_assert_eq!(*kind, "utf8");
        for (cell, value) in cells.iter().zip(values) {
            match value {
                Some(value) => prop_assert_eq!(cell.as_bytes(), value.as_slice()),
                None => prop_assert!(cell.is_empty()),
            }
        }
    }
}

/// Rows past chunks and trials: dictionaries that stay, that give up, that narrow and widen.
#[test]
fn long_columns_come_back_as_they_were() {
    const ROWS: usize = 200_000;
    let mut text = String::from("few,many,all,number,late,empty\n");
    let value = |i: usize| {
        let late = if i < 150_000 { format!("{}.50", i % 7) } else { format!("t{}", i % 3) };
        [
            format!("k{}", i % 300),
            format!("some text {}", i % 50_000),
            format!("{i} of its own"),
            (i * 77_777 % 1_000_003).to_string(),
            late,
            String::new(),
        ]
    };
    for i in 0..ROWS {
        text += &value(i).join(",");
        text.push('\n');
    }
    let table = read(Format::Csv, ReadOptions::default(), text.as_bytes().chunks(65_536)).unwrap();
    let kinds: Vec<ColumnType> = table.columns().iter().map(|column| column.kind()).collect();
    assert_eq!(kinds, [ColumnType::Utf8, ColumnType::Utf8, ColumnType::Utf8, ColumnType::I32, ColumnType::Utf8, ColumnType::Utf8]);
    let shown = show(&table);
    for i in 0..ROWS {
        for (column, wanted) in value(i).into_iter().enumerate() {
            assert_eq!(shown[column].2[i], (!wanted.is_empty()).then(|| wanted.into_bytes()), "row {i}, column {column}");
        }
    }
    let plain = |column: usize| matches!(table.columns()[column].data(), columnar::Data::Utf8(_));
    assert_eq!([plain(0), plain(1), plain(2), plain(4)], [false, false, true, false]);
    assert!(matches!(table.columns()[0].data(), columnar::Data::Dict(columnar::Codes::U16(_), _)));
    assert!(matches!(table.columns()[4].data(), columnar::Data::Dict(columnar::Codes::U8(_), _)));
}
