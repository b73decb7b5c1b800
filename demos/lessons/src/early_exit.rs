//! `return`, `?` and `break` leave a scope early, and every owner in it is released on the way out.

use crate::beat;
use dropscope::scope;
use std::num::ParseIntError;

/// Three ways to leave before the end.
pub fn run() {
    {
        let _scope = scope!("return");
        let room = first_room(true);
    }
    beat();
    {
        let _scope = scope!("question mark");
        let number = read_number("not a number");
    }
    beat();
    {
        let _scope = scope!("break");
        find_in_rows();
    }
    beat();
}

fn first_room(at_once: bool) -> usize {
    let first = String::with_capacity(271);
    beat();
    if at_once {
        return first.capacity();
    }
    let second = String::with_capacity(272); // never reached, so never made and never released
    second.capacity()
}

fn read_number(text: &str) -> Result<u32, ParseIntError> {
    let buffer = String::with_capacity(273);
    beat();
    let number = text.parse()?;
    let rest = String::with_capacity(274); // never reached
    Ok(number)
}

fn find_in_rows() {
    'rows: for row in 0..3 {
        let line = String::with_capacity(275);
        beat();
        for column in 0..3 {
            let cell = String::with_capacity(276);
            beat();
            if column == 1 {
                break 'rows;
            }
        }
    }
}
