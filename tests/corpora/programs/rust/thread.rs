// corpus: thread
// event: in a thread
use std::thread;

fn main() {
    eprintln!("-- begin");
    let done = thread::Builder::new().name("worker".into()).spawn(|| panic!("in a thread")).unwrap().join();
    eprintln!("-- end");
    eprintln!("joined: {}", done.is_err());
}
