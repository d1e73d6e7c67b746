//! Reads expressions, one a line, and writes what each came to by both.

use std::io::{BufRead, Write};

use ordinance_second_opinion::{ours, theirs};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            writeln!(out, "{line}")?;
            continue;
        }
        let (one, other) = (ours(line), theirs(line));
        let mark = if one.told() == other.told() { ' ' } else { '!' };
        writeln!(out, "{mark} {line}\n      {one:?}\n      {other:?}")?;
    }
    Ok(())
}
