"""@@PACKAGE bot/telegram"""
