//! A small shop: loads what it sells, answers requests with a cache, sends bills to a worker.
//! The pictures show this file. It runs once, to note where its calls are; the blocks are made up.

use super::{note, note_release};

/// Types that hold a block each: when one is dropped, its block is released.
macro_rules! holders {
    ($($name:ident),*) => {$(
        struct $name(&'static str);

        impl Drop for $name {
            #[inline(never)]
            fn drop(&mut self) {
                note_release(self.0);
            }
        }
    )*};
}

holders!(Name, Body, Header, Answer, Printed, Text);

struct Catalogue {
    articles: Vec<Article>,
}

struct Article {
    name: Name,
}

struct Request {
    body: Body,
    headers: Vec<Header>,
}

#[derive(Default)]
struct Cache {
    answers: Vec<Answer>,
}

struct Bill {
    text: Text,
}

impl Catalogue {
    #[inline(never)]
    fn load() -> Catalogue {
        note("articles");
        note("articles grow");
        let name = read_name();
        Catalogue { articles: vec![Article { name }] }
    }

    #[inline(never)]
    fn find(&self, request: &Request) -> usize {
        note("copy of a name");
        let copy = Name("copy is dropped");
        let is_it = |article: &Article| article.name.0.len() > copy.0.len() + request.body.0.len();
        self.articles.iter().position(is_it).unwrap_or(request.headers.len())
    }
}

#[inline(never)]
fn read_name() -> Name {
    note("name of an article");
    Name("catalogue is dropped")
}

impl Request {
    #[inline(never)]
    fn parse() -> Request {
        note("body");
        note("header");
        Request { body: Body("body is dropped"), headers: vec![Header("header is dropped")] }
    }
}

impl Cache {
    #[inline(never)]
    fn insert(&mut self, _found: usize) {
        note("answer is kept");
        self.answers.push(Answer("never dropped"));
    }
}

#[inline(never)]
fn answer(catalogue: &Catalogue, cache: &mut Cache) -> Bill {
    let request = Request::parse();
    let found = catalogue.find(&request);
    note("answer");
    note("answer grows");
    let answer = Answer("answer is sent");
    cache.insert(found);
    send(answer);
    note("bill");
    Bill { text: Text("bill is dropped") }
}

#[inline(never)]
fn send(answer: Answer) {
    drop(answer);
}

#[inline(never)]
fn print(bill: Bill) {
    note("printed");
    let printed = Printed("printed is dropped");
    assert!(bill.text.0.len() < printed.0.len());
    drop(bill);
}

#[inline(never)]
pub(super) fn main() {
    let catalogue = Catalogue::load();
    let mut cache = Cache::default();
    let bill = answer(&catalogue, &mut cache);
    print(bill);
    std::mem::forget(cache);
    drop(catalogue);
}
