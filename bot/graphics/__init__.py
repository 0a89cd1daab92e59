"""@@PACKAGE bot/graphics"""
