// corpus: uncaught
// event: the rate must be positive
fn check(rate: i32) {
    if rate < 0 {
        panic!("the rate must be positive");
    }
}

fn main() {
    eprintln!("round 1");
    eprintln!("-- begin");
    check(-1);
}
