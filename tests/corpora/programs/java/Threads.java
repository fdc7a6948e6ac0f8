// corpus: thread
// event: IllegalStateException: first
// event: IllegalStateException: second
public final class Threads {
    public static void main(String[] args) throws InterruptedException {
        for (String name : new String[] {"first", "second"}) {
            Marks.begin();
            Thread thread = new Thread(() -> {
                throw new IllegalStateException(name);
            }, "worker-" + name);
            thread.start();
            thread.join();
            Marks.end();
            Marks.say("joined");
        }
    }
}
