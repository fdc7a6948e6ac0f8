<?php
$rounds = [1, 2;
