//! `Box<dyn Trait>`: the owner does not know the type, yet everything that the value owns is released.

use crate::beat;
use dropscope::scope;
use std::f64::consts::PI;

trait Shape {
    fn area(&self) -> f64;
}

struct Circle {
    radius: f64,
}

struct Polygon {
    name: String,
    corners: Vec<(f64, f64)>,
}

/// Owns nothing, not even a number.
struct Nothing;

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.radius * self.radius * PI
    }
}

impl Shape for Polygon {
    fn area(&self) -> f64 {
        self.corners.iter().map(|(x, y)| x * y).sum()
    }
}

impl Shape for Nothing {
    fn area(&self) -> f64 {
        0.0
    }
}

/// Three shapes of different sizes in one list.
pub fn run() {
    {
        let _scope = scope!("shapes");
        let mut shapes: Vec<Box<dyn Shape>> = Vec::with_capacity(5);
        shapes.push(Box::new(Circle { radius: 2.0 }));
        beat();
        shapes.push(Box::new(Polygon { name: String::with_capacity(1451), corners: Vec::with_capacity(7) }));
        beat();
        shapes.push(Box::new(Nothing));
        beat();
        let area: f64 = shapes.iter().map(|shape| shape.area()).sum();
    }
    beat();
}
