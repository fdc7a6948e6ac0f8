// corpus: caught and printed
// event: in the closure
use std::panic;

fn main() {
    eprintln!("-- begin");
    let done = panic::catch_unwind(|| panic!("in the closure"));
    eprintln!("-- end");
    eprintln!("caught: {}", done.is_err());
}
