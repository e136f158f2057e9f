use std::sync::Arc;

use columnar::{Column, ColumnType, Data, ErrorCode, Strings};
use data_processor::transform::{Numeric, Text, length, numeric, replace_strings, text};
use proptest::prelude::*;

use crate::common::{Cell, any_column, cell, column, rows, shown, table};

const SPACES: &[char] = &[
    '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}',
    '\u{2006}', '\u{2007}', '\u{2008}', '\u{2009}', '\u{200a}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{feff}',
];

/// Texts of spaces, of what is no space though it looks like one, of letters and of pairs.
fn texts() -> impl Strategy<Value = Vec<Option<String>>> {
    let char = prop_oneof![
        2 => prop::sample::select(SPACES.to_vec()),
        1 => prop::sample::select(vec!['\u{85}', '\u{180e}', '\u{200b}', '\u{2060}', '\u{8}', '\u{e}', '\u{1f}', 'é', 'ß', 'İ', '😀', '\u{10000}', 'Σ', 'ÿ', 'ı', 'ŉ', '東', 'ж', 'ΐ', 'ǆ', 'Ა', '\u{10400}']),
        4 => prop::char::range(' ', '~'),
    ];
    let text = prop_oneof![prop::collection::vec(char, 0..6).prop_map(|chars| chars.into_iter().collect()), "[a-cA-C ]{0,40}"];
    prop::collection::vec(prop::option::weighted(0.9, text), 0..80)
}

fn text_column(texts: &[Option<String>], coded: bool) -> Arc<Column> {
    let cells: Vec<_> = texts.iter().map(|text| text.as_ref().map_or(Cell::Null, |text| Cell::Text(text.as_bytes().to_vec()))).collect();
    Arc::new(column(ColumnType::Utf8, &cells, coded))
}

/// Runs `op`, answering what is left by `host`, and compares every row with `host`.
fn check(
    op: Text,
    texts: &[Option<String>],
    coded: bool,
    host: impl Fn(&str) -> Vec<u8>,
    may_leave: impl Fn(&str) -> bool,
) -> Result<(), TestCaseError> {
    let step = text(op, &text_column(texts, coded)).unwrap().unwrap();
    let questions = step.questions().unwrap();
    prop_assert_eq!(questions.len(), step.left().len());
    let as_str = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
    prop_assert!(questions.iter().all(|question| may_leave(&as_str(question))), "{:?}", op);
    let answers = Strings::from_strs(&questions.iter().map(|question| host(&as_str(question))).collect::<Vec<_>>()).unwrap();
    let result = step.finish(&answers).unwrap();
    let expected: Vec<_> = texts.iter().map(|text| shown(&text.as_ref().map_or(Cell::Null, |text| Cell::Text(host(text))))).collect();
    // `rows` checks that a dictionary's strings stay different.
    prop_assert_eq!(rows(&table(vec![result])).concat(), expected);
    Ok(())
}

/// `String.prototype.slice`; a surrogate that is left alone as its three bytes.
fn js_slice(text: &str, start: i64, end: Option<i64>) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let len = units.len() as i64;
    let bound = |at: i64| if at < 0 { (len + at).max(0) } else { at.min(len) };
    let (start, end) = (bound(start), bound(end.unwrap_or(len)));
    let part = if start < end { &units[start as usize..end as usize] } else { &[] };
    let mut bytes = Vec::new();
    for unit in char::decode_utf16(part.iter().copied()) {
        match unit {
            Ok(char) => bytes.extend(char.to_string().bytes()),
            Err(alone) => {
                let unit = alone.unpaired_surrogate();
                bytes.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 63) as u8, 0x80 | (unit & 63) as u8]);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn case_is_that_of_unicode_or_left(texts in texts(), coded: bool) {
        check(Text::Uppercase, &texts, coded, |text| text.to_uppercase().into_bytes(), |text| !text.is_ascii())?;
        check(Text::Lowercase, &texts, coded, |text| text.to_lowercase().into_bytes(), |text| !text.is_ascii())?;
    }

    #[test]
    fn trim_takes_the_white_space_of_ecmascript(texts in texts(), coded: bool) {
        check(Text::Trim, &texts, coded, |text| text.trim_matches(SPACES).as_bytes().to_vec(), |_| false)?;
    }

    #[test]
    fn substring_counts_utf16_units(texts in texts(), coded: bool, start in -8..8i64, end in prop::option::of(-8..8i64)) {
        check(Text::Substring { start, end }, &texts, coded, |text| js_slice(text, start, end), |text| text.chars().any(|char| char > '\u{ffff}'))?;
    }

    #[test]
    fn length_is_in_utf16_units(texts in texts(), coded: bool) {
        let lengths = length(&text_column(&texts, coded)).unwrap().unwrap();
        let expected: Vec<_> = texts.iter().map(|text| shown(&text.as_ref().map_or(Cell::Null, |text| Cell::Whole(text.encode_utf16().count() as i64)))).collect();
        prop_assert_eq!(rows(&table(vec![lengths])).concat(), expected);
    }

    #[test]
    fn strings_are_replaced_in_their_places(texts in prop::collection::vec("[a-z]{0,30}", 0..60), picks in prop::collection::vec(any::<bool>(), 60)) {
        let strings = Strings::from_strs(&texts).unwrap();
        let places: Vec<u32> = (0..texts.len() as u32).filter(|&place| picks[place as usize]).collect();
        let answers: Vec<String> = places.iter().map(|place| format!("answer {place}")).collect();
        let result = replace_strings(&strings, &places, &Strings::from_strs(&answers).unwrap()).unwrap();
        let expected: Vec<_> = texts.iter().enumerate().map(|(i, text)| if picks[i] { format!("answer {i}") } else { text.clone() }).collect();
        prop_assert_eq!(result, Strings::from_strs(&expected).unwrap());
    }
}

#[test]
fn answers_must_fit_the_questions() {
    let strings = Strings::from_strs(&["a", "b"]).unwrap();
    let answers = Strings::from_strs(&["x"]).unwrap();
    for places in [&[][..], &[0, 1], &[2]] {
        assert_eq!(replace_strings(&strings, places, &answers).unwrap_err().code, ErrorCode::InvalidArgument);
    }
    assert_eq!(replace_strings(&strings, &[1, 0], &strings).unwrap_err().code, ErrorCode::InvalidArgument);
}

#[test]
fn equal_results_of_a_dictionary_become_one() {
    let texts: Vec<_> = ["a", " a", "b", "a ", "b "].iter().map(|text| Some((*text).to_owned())).collect();
    let result = text(Text::Trim, &text_column(&texts, true)).unwrap().unwrap().finish(&Strings::default()).unwrap();
    let Data::Dict(_, dictionary) = result.data() else { panic!("{result:?}") };
    assert_eq!(dictionary.len(), 4, "a, b and the two that no row uses");
    assert_eq!(rows(&table(vec![result])).len(), 5);
}

#[test]
fn only_text_is_text() {
    let numbers = Arc::new(Column::i32(vec![1]));
    let json = Arc::new(column(ColumnType::Json, &[Cell::Text(b"\"a\"".to_vec())], false));
    for column in [numbers, json] {
        assert!(text(Text::Trim, &column).unwrap().is_none());
        assert!(length(&column).unwrap().is_none());
    }
}

/// A cell as a number.
fn number(cell: &Cell) -> Option<f64> {
    match *cell {
        Cell::Number(v) => Some(v),
        Cell::Whole(v) => Some(v as f64),
        Cell::Bool(v) => Some(f64::from(u8::from(v))),
        _ => None,
    }
}

/// What JavaScript's formula gives, row by row; `None` is null.
fn naive(op: &Numeric, values: &[Option<f64>]) -> Vec<Option<f64>> {
    let there: Vec<f64> = values.iter().flatten().copied().collect();
    let min = there.iter().copied().fold(f64::INFINITY, f64::min);
    let max = there.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let each = |f: &dyn Fn(f64) -> Option<f64>| values.iter().map(|value| value.and_then(f)).collect();
    match op {
        Numeric::Normalize if max - min == f64::INFINITY && min.is_finite() && max.is_finite() => {
            each(&|v| Some((v / 2.0 - min / 2.0) / (max / 2.0 - min / 2.0)))
        }
        Numeric::Normalize if max - min > 0.0 => each(&|v| Some((v - min) / (max - min))),
        Numeric::Normalize => each(&|v| Some(if v.is_nan() { v } else { 0.0 })),
        Numeric::Standardize => {
            let n = there.len() as f64;
            let mean = there.iter().sum::<f64>() / n;
            let deviation = (there.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            each(&|v| Some(if n < 2.0 || deviation == 0.0 { 0.0 } else { (v - mean) / deviation }))
        }
        Numeric::Round { digits } => {
            let power = 10f64.powi(digits.abs());
            // The definition: the nearest whole number, the greater of two, of the sign of `v`.
            let up = |v: f64| if v - v.floor() >= 0.5 { v.floor() + 1.0 } else { v.floor() };
            let round = |v: f64| if !v.is_finite() || v.fract() == 0.0 { v } else { up(v).abs().copysign(v) };
            let there = |v: f64| v.abs() < 2f64.powi(52);
            each(&|v| {
                Some(match *digits {
                    ..0 if there(v / power) => round(v / power) * power,
                    0.. if there(v * power) => round(v * power) / power,
                    _ => v,
                })
            })
        }
        Numeric::Abs => each(&|v| Some(v.abs())),
        Numeric::Scale { factor } => each(&|v| Some(v * factor)),
        Numeric::Clamp { min, max } => each(&|v| {
            let v = min.filter(|min| v < *min).unwrap_or(v);
            Some(max.filter(|max| v > *max).unwrap_or(v))
        }),
        Numeric::ToNumber => each(&Some),
        Numeric::FillNull { value } => values.iter().map(|v| v.or(Some(*value))).collect(),
        Numeric::Bucket { edges } => each(&|v| (!v.is_nan()).then(|| edges.iter().filter(|edge| v >= **edge).count() as f64)),
    }
}

fn ops() -> impl Strategy<Value = Numeric> {
    let number = || prop_oneof![(-3..4i32).prop_map(f64::from), any::<f64>().prop_filter("finite", |v| v.is_finite())];
    prop_oneof![
        Just(Numeric::Normalize),
        (-3..5).prop_map(|digits| Numeric::Round { digits }),
        Just(Numeric::Abs),
        number().prop_map(|factor| Numeric::Scale { factor }),
        (prop::option::of(number()), prop::option::of(number())).prop_map(|(min, max)| Numeric::Clamp { min, max }),
        Just(Numeric::ToNumber),
        number().prop_map(|value| Numeric::FillNull { value }),
        prop::collection::btree_set(-40..40i32, 0..30)
            .prop_map(|edges| Numeric::Bucket { edges: edges.into_iter().map(|edge| f64::from(edge) / 4.0).collect() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn numbers_as_one_at_a_time(op in ops(), kind in prop::sample::select(vec![ColumnType::F64, ColumnType::I32, ColumnType::I64, ColumnType::Bool]).prop_flat_map(|kind| (0..200usize).prop_flat_map(move |len| any_column(kind, len)))) {
        let values: Vec<Option<f64>> = (0..kind.len()).map(|row| number(&cell(&kind, row))).collect();
        let expected: Vec<_> = naive(&op, &values).iter().map(|v| shown(&v.map_or(Cell::Null, Cell::Number))).collect();
        let mut answered = false;
        for wanted in [ColumnType::F64, ColumnType::I32] {
            let Some(result) = numeric(&op, &kind, wanted).unwrap() else { continue };
            answered = true;
            prop_assert_eq!(result.kind(), wanted);
            let found: Vec<_> = (0..result.len()).map(|row| cell(&result, row)).map(|cell| shown(&number(&cell).map_or(Cell::Null, Cell::Number))).collect();
            if wanted == ColumnType::I32 {
                // A whole number has no -0.
                prop_assert_eq!(found, expected.iter().map(|cell| cell.replace("(-0.0)", "(0.0)")).collect::<Vec<_>>());
            } else {
                prop_assert_eq!(&found, &expected);
            }
        }
        prop_assert!(answered || kind.kind() == ColumnType::Bool, "a kernel for {:?} of {:?}", op, kind.kind());
    }

    #[test]
    fn standardized_within_the_tolerance(values in prop::collection::vec(prop::option::weighted(0.9, -1e6..1e6f64), 0..300), constant: bool) {
        let values: Vec<_> = values.iter().map(|v| if constant { v.map(|_| 0.1) } else { *v }).collect();
        let cells: Vec<_> = values.iter().map(|v| v.map_or(Cell::Null, Cell::Number)).collect();
        let result = numeric(&Numeric::Standardize, &column(ColumnType::F64, &cells, false), ColumnType::F64).unwrap().unwrap();
        for (row, expected) in naive(&Numeric::Standardize, &values).into_iter().enumerate() {
            let found = number(&cell(&result, row));
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(a), Some(b)) = (found, expected) {
                let b = if constant { 0.0 } else { b };
                prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{} {}", a, b);
            }
        }
    }
}

#[test]
fn rounding_is_that_of_math_round() {
    // Each pair is what `Math.round` gives.
    let pairs = [
        (0.5, 1.0),
        (-0.5, -0.0),
        (1.5, 2.0),
        (2.5, 3.0),
        (-1.5, -1.0),
        (-2.5, -2.0),
        (0.499_999_999_999_999_94, 0.0),
        (-0.3, -0.0),
        (-0.0, -0.0),
        (4_503_599_627_370_495.5, 4_503_599_627_370_496.0),
        (9_007_199_254_740_991.0, 9_007_199_254_740_991.0),
        (f64::INFINITY, f64::INFINITY),
        (-7e300, -7e300),
    ];
    let column = Column::f64(pairs.iter().map(|pair| pair.0).collect());
    let rounded = numeric(&Numeric::Round { digits: 0 }, &column, ColumnType::F64).unwrap().unwrap();
    for (row, (value, expected)) in pairs.iter().enumerate() {
        assert_eq!(shown(&cell(&rounded, row)), shown(&Cell::Number(*expected)), "{value}");
    }
    let tens = numeric(&Numeric::Round { digits: -1 }, &Column::f64(vec![15.0, -15.0, 14.9]), ColumnType::F64).unwrap().unwrap();
    assert_eq!((0..3).map(|row| cell(&tens, row)).collect::<Vec<_>>(), [20.0, -10.0, 10.0].map(Cell::Number));
    for digits in [23, -23, i32::MIN] {
        assert!(numeric(&Numeric::Round { digits }, &column, ColumnType::F64).unwrap().is_none(), "no exact power of ten: JavaScript's");
    }
}

#[test]
fn whole_numbers_that_do_not_stay_whole_are_for_doubles() {
    let column = Column::i32(vec![i32::MIN, 5]);
    for op in [Numeric::Abs, Numeric::Clamp { min: Some(0.5), max: None }, Numeric::FillNull { value: 0.5 }, Numeric::Scale { factor: 2.0 }]
    {
        assert!(numeric(&op, &column, ColumnType::I32).unwrap().is_none(), "{op:?}");
        assert!(numeric(&op, &column, ColumnType::F64).unwrap().is_some(), "{op:?}");
    }
    let abs = numeric(&Numeric::Abs, &column, ColumnType::F64).unwrap().unwrap();
    assert_eq!(cell(&abs, 0), Cell::Number(2_147_483_648.0));
}

#[test]
fn what_is_no_number_spoils_a_standardized_column_and_no_more() {
    for spoiler in [f64::NAN, f64::INFINITY] {
        let result = numeric(&Numeric::Standardize, &Column::f64(vec![1.0, spoiler, 3.0]), ColumnType::F64).unwrap().unwrap();
        assert!((0..3).all(|row| shown(&cell(&result, row)) == "Number(NaN)"), "{result:?}");
    }
}

#[test]
fn letters_of_common_scripts_are_not_left() {
    let sure = ["Ärger naïve straße ÿ", "東京タワー 서울", "Привет Žluťoučký kůň", "Ελλάδα", "שלום 🙂 ₪", "€ … → ①"]
        .map(|text| Some(text.to_owned()));
    check(Text::Uppercase, &sure, false, |text| text.to_uppercase().into_bytes(), |_| false).unwrap();
    check(Text::Lowercase, &sure, false, |text| text.to_lowercase().into_bytes(), |_| false).unwrap();
    for unsure in ["ΟΔΟΣ", "İ", "Ა", "\u{10400}", "ǆ"] {
        let step = text(Text::Lowercase, &text_column(&[Some("a".into()), Some(unsure.into())], false)).unwrap().unwrap();
        assert_eq!(step.left(), [1], "{unsure}");
    }
}

#[test]
fn moments_of_many_blocks_are_those_of_all_rows() {
    // Far from 0, in stretches of their own level, with nulls: what is added up block by block must not show.
    let values: Vec<_> =
        (0..10_000).map(|i| (i % 7 != 0).then(|| 1e9 + f64::from(i / 1500) * 50.0 + f64::from(i * 31 % 97) / 8.0)).collect();
    let there: Vec<f64> = values.iter().flatten().map(|v| v - 1e9).collect();
    let mean = there.iter().sum::<f64>() / there.len() as f64;
    let deviation = (there.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (there.len() - 1) as f64).sqrt();
    let cells: Vec<_> = values.iter().map(|v| v.map_or(Cell::Null, Cell::Number)).collect();
    let result = numeric(&Numeric::Standardize, &column(ColumnType::F64, &cells, false), ColumnType::F64).unwrap().unwrap();
    for (row, value) in values.iter().enumerate() {
        let expected = value.map(|v| (v - 1e9 - mean) / deviation);
        let found = number(&cell(&result, row));
        assert_eq!(found.is_some(), expected.is_some());
        assert!(found.zip(expected).is_none_or(|(a, b)| (a - b).abs() <= 1e-8), "{row}: {found:?} {expected:?}");
    }
}
