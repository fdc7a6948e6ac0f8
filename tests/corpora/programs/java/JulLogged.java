// corpus: logged
// event: java.lang.IllegalStateException: no weights
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

public final class JulLogged {
    static final class Still extends SimpleFormatter {
        @Override
        public String format(LogRecord record) {
            record.setInstant(java.time.Instant.ofEpochSecond(1893499200L));
            return super.format(record);
        }
    }

    public static void main(String[] args) {
        Logger log = Logger.getLogger("app.trainer");
        ConsoleHandler handler = new ConsoleHandler();
        handler.setFormatter(new Still());
        log.setUseParentHandlers(false);
        log.addHandler(handler);
        log.info("round 1 of 2");
        Marks.begin();
        log.log(Level.SEVERE, "round 1 failed", new IllegalStateException("no weights", new RuntimeException("inner")));
        Marks.end();
        log.info("round 2 of 2");
    }
}
