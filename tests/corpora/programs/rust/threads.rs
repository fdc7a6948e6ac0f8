// corpus: thread
// env: RUST_BACKTRACE=1
// event: number 0
// event: number 1
use std::thread;

fn work(n: usize) {
    panic!("number {}", n);
}

fn main() {
    for n in 0..2 {
        eprintln!("-- begin");
        let done = thread::spawn(move || work(n)).join();
        eprintln!("-- end");
        eprintln!("joined: {}", done.is_err());
    }
}
