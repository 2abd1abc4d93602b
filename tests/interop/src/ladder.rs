//! Who said what to whom, as the SIP people draw it.

use std::fmt;
use std::sync::{Arc, Mutex};

/// One arrow.
#[derive(Clone, Debug)]
struct Arrow {
    from: String,
    to: String,
    text: String,
}

/// A ladder that several telephones write into. Columns stand in the order in which they were first seen.
#[derive(Clone, Default)]
pub struct Ladder(Arc<Mutex<Vec<Arrow>>>);

impl Ladder {
    pub fn arrow(&self, from: &str, to: &str, text: &str) {
        let arrow = Arrow { from: from.into(), to: to.into(), text: text.into() };
        self.0.lock().expect("no panic while drawing").push(arrow);
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 30;
        let arrows = self.0.lock().expect("no panic while drawing");
        let mut columns: Vec<&str> = Vec::new();
        for name in arrows.iter().flat_map(|a| [a.from.as_str(), a.to.as_str()]) {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
        for name in &columns {
            write!(f, "{name:^WIDTH$}")?;
        }
        writeln!(f)?;
        for arrow in arrows.iter() {
            let place = |name: &str| columns.iter().position(|c| *c == name).expect("every name has a column");
            let (from, to) = (place(&arrow.from), place(&arrow.to));
            let (left, right) = (from.min(to) * WIDTH + WIDTH / 2, from.max(to) * WIDTH + WIDTH / 2);
            let mut line: Vec<char> = vec![' '; columns.len() * WIDTH];
            for column in 0..columns.len() {
                line[column * WIDTH + WIDTH / 2] = '|';
            }
            for place in line.iter_mut().take(right).skip(left + 1) {
                *place = '-';
            }
            line[if from < to { right - 1 } else { left + 1 }] = if from < to { '>' } else { '<' };
            let text: Vec<char> = format!(" {} ", arrow.text).chars().take(right - left - 3).collect();
            let start = left + (right - left - text.len()) / 2 + 1;
            line[start..start + text.len()].copy_from_slice(&text);
            writeln!(f, "{}", line.into_iter().collect::<String>().trim_end())?;
        }
        Ok(())
    }
}
