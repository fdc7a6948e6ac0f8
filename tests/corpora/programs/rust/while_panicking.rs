// corpus: abort
// event: first
// event: second
// event: panic in a destructor during cleanup
// split: thread .main.
struct Store;

impl Drop for Store {
    fn drop(&mut self) {
        panic!("second");
    }
}

fn main() {
    eprintln!("-- begin");
    let _store = Store;
    panic!("first");
}
