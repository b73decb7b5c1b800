//! A destructor that is called by hand.

struct Account {
    owner: String,
}

impl Drop for Account {
    fn drop(&mut self) {
        println!("the account of {} is closed", self.owner);
    }
}

fn main() {
    let mut account = Account { owner: String::from("ann") };
    account.drop();
}
