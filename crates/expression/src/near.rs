//! Names that a mistyped one may have meant. js/src/expression/near.ts is its twin.

use columnar::sorted;

/// Insertions, deletions and replacements between two names.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            next.push((next[j] + 1).min(row[j + 1] + 1).min(row[j] + usize::from(x != y)));
        }
        row = next;
    }
    row[b.len()]
}

const LONGEST: usize = 64;

/// Upper and lower case of ASCII are alike.
fn folded(name: &str) -> Vec<char> {
    name.chars().map(|c| c.to_ascii_lowercase()).collect()
}

/// At most three of `known`, the nearest first.
pub fn near_names<'n>(name: &str, known: &mut dyn Iterator<Item = &'n str>) -> Vec<&'n str> {
    let wanted = folded(name);
    if wanted.len() > LONGEST {
        return Vec::new();
    }
    let reach = (wanted.len() / 3).max(1);
    let near: Vec<(usize, &str)> = known
        .map(|candidate| (folded(candidate), candidate))
        .filter(|(letters, _)| letters.len().abs_diff(wanted.len()) <= reach)
        .map(|(letters, candidate)| (distance(&wanted, &letters), candidate))
        .filter(|(far, _)| *far <= reach)
        .collect();
    sorted(&near, |a, b| a.0.cmp(&b.0)).into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

pub fn quoted_list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

pub fn unknown_column(name: &str, known: &[&str], quoted: bool) -> String {
    let near = near_names(name, &mut known.iter().copied());
    if !near.is_empty() {
        return format!("there is no column '{name}': did you mean {}?", quoted_list(near.into_iter()));
    }
    if quoted {
        return format!("there is no column '{name}': text stands in single quotes");
    }
    if known.is_empty() {
        return format!("there is no column '{name}': the table has none");
    }
    let more = if known.len() > 10 { ", …" } else { "" };
    format!("there is no column '{name}': the columns are {}{more}", quoted_list(known.iter().take(10).copied()))
}
